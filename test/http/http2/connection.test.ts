import { describe, expect, test } from "bun:test";
import {
  data,
  FLAG,
  FRAME,
  fields,
  frame,
  goAway,
  headers,
  PREFACE,
  RESPONSE_FIELDS,
  reset,
  SETTINGS,
  SETTINGS_ACK,
  windowUpdate,
} from "../../support/http2-raw.ts";
import { exchange, framesOf, openSide, REQUEST, rawClient, rawServer, sentBy } from "./peers.ts";

const CONTENT = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);

/** A client and a server of the same code, and one call that the client has opened. */
function pair(window?: number) {
  const client = openSide({ role: "client", ...(window !== undefined && { window }) });
  const server = openSide({ role: "server" });
  exchange(client, server);
  const call = client.connection.request(REQUEST, client.events("call"));
  if (call === undefined) throw new Error("there are no streams");
  client.streams.push(call);
  exchange(client, server);
  const [accepted] = server.streams;
  if (accepted === undefined) throw new Error("the server has no stream");
  return { client, server, call, accepted };
}

describe("two sides", () => {
  test.each([1, 7, 100, 10_000])("exchange a request and its answer in pieces of %d bytes", (size) => {
    const { client, server, call, accepted } = pair();
    const received: Uint8Array[] = [];
    server.received = (stream, bytes) => {
      received.push(bytes.slice());
      stream?.consume(bytes.length);
    };
    let sent = 0;
    call.data([CONTENT.subarray(0, 5), new Uint8Array(0), CONTENT.subarray(5)], () => sent++);
    call.end();
    exchange(client, server, size);
    expect(Buffer.concat(received).equals(CONTENT)).toBe(true);
    expect(sent).toBe(1);
    accepted.headers([[":status", "200"]], false);
    accepted.data([Uint8Array.of(1, 2)], () => {});
    accepted.headers([["grpc-status", "0"]], true);
    exchange(client, server, size);
    expect(client.log.filter((line) => !line.includes("data"))).toEqual([
      "ready",
      "call headers :status=200",
      "call headers grpc-status=0",
      "call end",
    ]);
    expect(server.log[1]).toBe("#1 request :method=POST :scheme=http :path=/a");
    expect(server.log.at(-1)).toBe("#1 end");
    expect([client.connection.streams(), server.connection.streams()]).toEqual([0, 0]);
  });

  test("keep to the window of a receiver that passes nothing on", () => {
    const { client, server, call } = pair();
    let hasSent = false;
    call.data([CONTENT], () => {
      hasSent = true;
    });
    exchange(client, server);
    const total = () => server.log.reduce((sum, line) => sum + Number(/ data (\d+)/.exec(line)?.[1] ?? 0), 0);
    expect([total(), hasSent]).toEqual([65_535, false]);
    server.streams[0]?.consume(32_767);
    exchange(client, server);
    expect(total()).toBe(65_535);
    server.streams[0]?.consume(1);
    exchange(client, server);
    expect(total()).toBe(65_535 + 32_768);
    // What a stream holds is passed on when it ends.
    server.streams[0]?.reset(8);
    exchange(client, server);
    expect(client.log.at(-1)).toBe("call reset 8");
    expect(hasSent).toBe(true);
  });

  test("give each stream its turn", () => {
    const client = rawClient();
    const other = client.connection.request(REQUEST, client.events("other"));
    client.streams[0]?.data([CONTENT], () => {});
    other?.data([CONTENT.subarray(0, 10)], () => {});
    const [, first, second] = framesOf(sentBy(client, 20_000));
    expect([first, second]).toEqual(["data 1 0 16384", "data 3 0 10"]);
  });

  test("close a connection", () => {
    const { client, server, call } = pair();
    client.connection.close();
    exchange(client, server);
    expect(server.log.at(-1)).toBe("goaway 0");
    expect(client.connection.request(REQUEST, client.events("late"))).toBeUndefined();
    client.connection.lose();
    expect(client.log.at(-1)).toBe("call reset 8");
    call.data([CONTENT], () => client.log.push("sent"));
    call.end();
    call.reset(8);
    expect([client.log.at(-1), sentBy(client).length]).toEqual(["sent", 0]);
  });

  test("send a ping and its answer", () => {
    const { client, server } = pair();
    client.connection.ping();
    server.connection.receive(sentBy(client));
    const answer = sentBy(server);
    expect(framesOf(answer)).toEqual([`ping 0 1 ${"00".repeat(8)}`]);
    const before = [...client.log];
    client.connection.receive(answer);
    expect([client.log, sentBy(client).length]).toEqual([before, 0]);
  });
});

describe("a client begins", () => {
  test("with its preface and settings, a larger window, and a request without a table", () => {
    const client = openSide({ role: "client", window: 1_048_576 });
    const start = sentBy(client);
    expect(start.subarray(0, 24).equals(PREFACE)).toBe(true);
    expect(framesOf(start)).toEqual(["settings 0 0 000200000000000400100000000600010000", "windowUpdate 0 0 000f0001"]);
    client.connection.request([...REQUEST, ["x", "1"]], client.events("call"));
    client.connection.request([[":method", "POST"]], client.events("call"));
    expect(framesOf(sentBy(client))).toEqual(["headers 1 4 20838604022f61000178" + "0131", "headers 3 4 83"]);
  });

  test("with a header block in as many frames as it takes", () => {
    const client = rawClient();
    client.connection.request([["a", "b".repeat(40_000)]], client.events("long"));
    expect(framesOf(sentBy(client)).map((text) => text.slice(0, 16).trim())).toEqual([
      expect.stringMatching(/^headers 3 0 /),
      expect.stringMatching(/^continuation 3 0/),
      expect.stringMatching(/^continuation 3 4/),
    ]);
  });

  test("no more streams than the server allows, and none after GOAWAY", () => {
    const { connection, answer, events } = rawClient();
    answer(frame(FRAME.settings, 0, 0, Buffer.from("000300000002", "hex")));
    expect(connection.request(REQUEST, events("2"))).toBeDefined();
    expect(connection.request(REQUEST, events("3"))).toBeUndefined();
    answer(frame(FRAME.settings, 0, 0, Buffer.from("0003000000ff", "hex")), goAway(3, 0));
    expect(connection.request(REQUEST, events("4"))).toBeUndefined();
  });
});

describe("a client reads", () => {
  const HEAD = headers(1, RESPONSE_FIELDS);
  test.each<[name: string, frames: readonly Buffer[], log: readonly string[]]>([
    [
      "trailers only",
      [headers(1, [...RESPONSE_FIELDS, ["grpc-status", "0"]], { endStream: true })],
      ["call headers :status=200 content-type=application/grpc grpc-status=0", "call end"],
    ],
    ["an interim response", [headers(1, [[":status", "103"]]), headers(1, [[":status", "200"]])], ["call headers :status=200"]],
    [
      "padding and priority",
      [
        frame(
          FRAME.headers,
          FLAG.endHeaders | FLAG.padded | FLAG.priority,
          1,
          Buffer.concat([Buffer.from("0200000000ff", "hex"), fields([[":status", "200"]]), Buffer.alloc(2)]),
        ),
        frame(FRAME.data, FLAG.padded, 1, Buffer.from("0201020000", "hex")),
        frame(FRAME.data, FLAG.padded, 1, Buffer.from("0000", "hex").subarray(1)),
        frame(FRAME.data, FLAG.padded | FLAG.endStream, 1, Buffer.from("020000", "hex")),
      ],
      ["call headers :status=200", "call data 2", "call end"],
    ],
    ["GOAWAY for a later stream", [goAway(1, 0), HEAD], ["goaway 0", "call headers :status=200 content-type=application/grpc"]],
    ["GOAWAY for its stream", [goAway(0, 2)], ["goaway 2", "call reset 7 received prior goaway: code: INTERNAL_ERROR"]],
    ["a reset", [HEAD, reset(1, 11)], ["call headers :status=200 content-type=application/grpc", "call reset 11"]],
    [
      "unknown frames, and those of streams that it has ended",
      [frame(99, 255, 7, Buffer.alloc(3)), frame(FRAME.priority, 0, 9, Buffer.alloc(5))],
      [],
    ],
  ])("%s", (_, frames, log) => {
    const client = rawClient();
    client.answer(...frames);
    expect(client.log).toEqual([...log]);
  });

  test("what is sent on a stream after it has ended it, and gives back its window", () => {
    const client = rawClient();
    client.streams[0]?.reset(8);
    const answers = client.answer(headers(1, [["x", "y"]]), ...Array.from({ length: 3 }, () => data(1, CONTENT.subarray(0, 16_000))));
    expect(answers).toEqual(["reset 1 0 00000008", "windowUpdate 0 0 0000bb80"]);
    expect(client.log).toEqual([]);
  });

  test("a header block that came in parts with the table of others", () => {
    const client = rawClient();
    const block = Buffer.from("4001610162", "hex");
    client.answer(
      frame(FRAME.headers, 0, 1, Buffer.from("88", "hex")),
      frame(FRAME.continuation, 0, 1, block.subarray(0, 2)),
      frame(FRAME.continuation, FLAG.endHeaders, 1, block.subarray(2)),
    );
    client.answer(frame(FRAME.headers, FLAG.endHeaders | FLAG.endStream, 1, Buffer.from("be", "hex")));
    expect(client.log).toEqual(["call headers :status=200 a=b", "call headers a=b", "call end"]);
  });
});

describe("content that is received at once", () => {
  const text = (stream: number, content: string, options = {}) => data(stream, Buffer.from(content), options);
  const padded = frame(FRAME.data, FLAG.padded, 1, Buffer.from("\x02de\0\0"));

  /** Receives frames on two streams, cut at a place, and returns what was reported, with the content as text. */
  function reported(frames: readonly Buffer[], cut = 0): readonly string[] {
    const client = rawClient();
    const other = client.connection.request(REQUEST, client.events("other"));
    client.received = (_, bytes) => void client.log.push(`${client.log.pop()} ${Buffer.from(bytes)}`);
    const heads = [1, 3].map((stream) => headers(stream, [[":status", "200"]]));
    client.answer(...heads);
    client.log.length = 0;
    const bytes = Buffer.concat(frames);
    client.connection.receive(bytes.subarray(0, cut));
    client.connection.receive(bytes.subarray(cut));
    expect(other).toBeDefined();
    return client.log;
  }

  test.each<[name: string, frames: readonly Buffer[], log: readonly string[]]>([
    [
      "is joined, without padding, until another frame comes",
      [text(1, "abc"), padded, text(1, ""), text(1, "f"), frame(FRAME.ping, 0, 0, Buffer.alloc(8)), text(1, "g"), text(1, "h")],
      ["call data 6 abcdef", "call data 2 gh"],
    ],
    [
      "is not joined with that of another stream",
      [text(1, "a"), text(3, "b"), text(3, "c"), text(1, "d")],
      ["call data 1 a", "other data 2 bc", "call data 1 d"],
    ],
    [
      "comes before the end of its stream, and before trailers",
      [text(1, "a"), text(1, "b", { endStream: true }), text(3, "c"), headers(3, [["grpc-status", "0"]], { endStream: true })],
      ["call data 2 ab", "call end", "other data 1 c", "other headers grpc-status=0", "other end"],
    ],
    [
      "comes before a frame that breaks the protocol",
      [text(1, "a"), text(1, "b"), text(5, "c")],
      ["call data 2 ab", "failed PROTOCOL_ERROR: DATA on stream 5, which was not begun"],
    ],
  ])("%s", (_, frames, log) => {
    expect(reported(frames)).toEqual([...log]);
  });

  test("is complete wherever the bytes are cut", () => {
    const frames = [text(1, "abc"), padded, text(1, "f"), text(1, "g", { endStream: true })];
    for (let cut = 0; cut <= Buffer.concat(frames).length; cut++) {
      const log = reported(frames, cut);
      expect(log.map((line) => /data \d+ (\w+)/.exec(line)?.[1] ?? "").join("")).toBe("abcdefg");
      expect(log.at(-1)).toBe("call end");
    }
  });

  test("is dropped when what comes before ends its stream, and gives back its window", () => {
    const client = rawClient();
    const other = client.connection.request(REQUEST, client.events("other"));
    client.received = () => other?.reset(8);
    const frames = [text(1, "a"), text(3, "b".repeat(16_000)), text(3, "c".repeat(16_000)), text(3, "d".repeat(768))];
    const answers = client.answer(headers(1, [[":status", "200"]]), headers(3, [[":status", "200"]]), ...frames);
    expect(client.log).toEqual(["call headers :status=200", "other headers :status=200", "call data 1"]);
    expect(answers.at(-1)).toBe("windowUpdate 0 0 00008000");
  });
});

describe("a client waits for", () => {
  test("a window of the connection, and for one of the stream that settings change", () => {
    const client = rawClient();
    client.streams[0]?.data([CONTENT], () => {});
    const sizes = (frames: readonly string[]) => frames.flatMap((text) => (text.startsWith("data") ? Number(text.split(" ")[3]) : []));
    const sum = (list: readonly number[]) => list.reduce((total, each) => total + each, 0);
    expect(sum(sizes(framesOf(sentBy(client, 20_000))))).toBe(65_535);
    expect(sizes(client.answer(windowUpdate(1, 100)))).toEqual([]);
    expect(sizes(client.answer(windowUpdate(0, 10)))).toEqual([10]);
    expect(sizes(client.answer(windowUpdate(0, 1_000)))).toEqual([90]);
    expect(sizes(client.answer(frame(FRAME.settings, 0, 0, Buffer.from("000400010000", "hex"))))).toEqual([1]);
    // A smaller window leaves the stream with less than nothing.
    expect(sizes(client.answer(frame(FRAME.settings, 0, 0, Buffer.from("000400000000", "hex")), windowUpdate(1, 65_536 + 3)))).toEqual([3]);
  });

  test("frames as large as the server allows", () => {
    const client = rawClient();
    client.answer(frame(FRAME.settings, 0, 0, Buffer.from("000500008000", "hex")));
    client.streams[0]?.data([CONTENT.subarray(0, 40_000)], () => {});
    expect(framesOf(sentBy(client, 65_536)).filter((text) => text.startsWith("data"))).toEqual(["data 1 0 32768", "data 1 0 7232"]);
  });
});

describe("a server answers", () => {
  const request = headers(1, REQUEST);
  test.each<[name: string, frames: readonly Buffer[], answers: readonly string[]]>([
    ["settings", [SETTINGS, SETTINGS_ACK], ["settings 0 1"]],
    ["a ping", [frame(FRAME.ping, 0, 0, Buffer.from("12345678"))], [`ping 0 1 ${Buffer.from("12345678").toString("hex")}`]],
    ["a request that is malformed", [headers(1, [[":method", "GET"]])], ["reset 1 0 00000001"]],
    ["more streams than are allowed", [request, headers(3, REQUEST), headers(5, REQUEST)], ["reset 5 0 00000007"]],
    ["trailers that do not end the request", [request, headers(1, [["a", "b"]])], ["reset 1 0 00000001"]],
    ["a window of nothing for a stream", [request, windowUpdate(1, 0)], ["reset 1 0 00000001"]],
    ["a window of a stream that is too large", [request, windowUpdate(1, 2 ** 31 - 1)], ["reset 1 0 00000003"]],
    ["a window of a stream that has ended", [request, reset(1, 8), windowUpdate(1, 1), reset(1, 8)], []],
  ])("%s", (_, frames, answers) => {
    expect(rawServer({ maxStreams: 2 }).answer(...frames)).toEqual([...answers]);
  });

  test("before the request has ended, and needs no more of it", () => {
    const server = rawServer();
    server.answer(request);
    server.streams[0]?.headers([[":status", "200"]], false);
    server.streams[0]?.headers([["grpc-status", "0"]], true);
    expect(framesOf(sentBy(server)).map((text) => text.slice(0, 11))).toEqual(["headers 1 4", "headers 1 5", "reset 1 0 0"]);
    expect(server.answer(data(1, CONTENT.subarray(0, 10)), data(1, new Uint8Array(0), { endStream: true }))).toEqual([]);
    expect(server.log).toEqual(["#1 request :method=POST :scheme=http :path=/a"]);
  });
});
