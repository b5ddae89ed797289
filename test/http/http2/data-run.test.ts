import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { data, FLAG, FRAME, frame, headers, reset } from "../../support/http2-raw.ts";
import { framesOf, REQUEST, rawClient, sentBy } from "./peers.ts";

/** The window of each stream: a few frames break it. */
const WINDOW = 80;
const HEADS = [1, 3].map((stream) => headers(stream, [[":status", "200"]]));

/** Returns what a client reports and answers when frames come in parts of a size; content that follows content of its stream is joined. */
function outcome(frames: readonly Buffer[], size: number, window = WINDOW) {
  const client = rawClient({ window });
  client.connection.request(REQUEST, client.events("other"));
  sentBy(client);
  client.received = (_, bytes) => {
    const { log } = client;
    const what = `${log.pop()?.split(" ")[0]} content `;
    const before = log.at(-1)?.startsWith(what) === true ? log.pop() : what;
    log.push(`${before}${Buffer.from(bytes).toString("latin1")}`);
  };
  const bytes = Buffer.concat(frames);
  for (let at = 0; at < bytes.length; at += size) client.connection.receive(Buffer.from(bytes.subarray(at, at + size)));
  return { log: client.log, answers: framesOf(sentBy(client)) };
}

const content = fc.stringMatching(/^[a-z]{0,60}$/).map((text) => Buffer.from(text));
const stream = fc.constantFrom(1, 1, 1, 3, 3, 5);
const someFrame = fc.oneof(
  { weight: 12, arbitrary: fc.tuple(stream, content).map(([id, bytes]) => data(id, bytes)) },
  // The end of a stream, padding, which may be too long, and flags that mean nothing.
  {
    weight: 2,
    arbitrary: fc.tuple(stream, content, fc.constantFrom(1, 2, 8, 9, 128)).map(([id, bytes, flags]) => frame(0, flags, id, bytes)),
  },
  { weight: 1, arbitrary: fc.constant(frame(FRAME.ping, 0, 0, Buffer.alloc(8))) },
  { weight: 1, arbitrary: fc.tuple(stream, fc.constantFrom(0, 8)).map(([id, code]) => reset(id, code)) },
  { weight: 1, arbitrary: stream.map((id) => headers(id, [["a", "b"]], { endStream: true })) },
);

describe("DATA frames that follow each other mean the same", () => {
  test("as each byte by itself", () => {
    fc.assert(
      fc.property(fc.array(someFrame, { maxLength: 12 }), fc.boolean(), fc.integer({ min: 2, max: 200 }), (frames, hasHeads, size) => {
        const all = hasHeads ? [...HEADS, ...frames] : frames;
        expect(outcome(all, size)).toEqual(outcome(all, 1));
      }),
      { numRuns: 1_000 },
    );
  });

  test("if together they are more than the window of the connection", () => {
    const frames = [1, 1, 3, 3].map((id) => data(id, Buffer.alloc(16_384, String(id))));
    const { log, answers } = outcome([...HEADS, ...frames], 100_000, 65_535);
    expect(log.map((line) => line.replace(/(content )(.*)/, (_, what, text) => `${what}${text.length}`))).toEqual([
      "call headers :status=200",
      "other headers :status=200",
      "call content 32768",
      "other content 16384",
      "failed FLOW_CONTROL_ERROR: more data than the connection's window",
    ]);
    expect(answers).toEqual(["goAway 0 0 0000000000000003"]);
  });

  test("if what is done with that of another stream ends theirs, and give back the window", () => {
    const client = rawClient();
    const other = client.connection.request(REQUEST, client.events("other"));
    client.received = () => other?.reset(8);
    const padded = frame(FRAME.data, FLAG.padded, 1, Buffer.from("\0a"));
    const answers = client.answer(...HEADS, padded, ...[16_000, 16_000, 768].map((size) => data(3, Buffer.alloc(size))));
    expect(client.log).toEqual(["call headers :status=200", "other headers :status=200", "call data 1"]);
    // With the byte that says how much padding there is.
    expect(answers.at(-1)).toBe("windowUpdate 0 0 00008001");
  });

  test("if their stream ends: the connection gets its window back", () => {
    const client = rawClient();
    client.answer(...HEADS.slice(0, 1), ...[1, 2, 3].map(() => data(1, Buffer.alloc(16_384))));
    client.streams[0]?.reset(8);
    expect([...framesOf(sentBy(client))].sort()).toEqual(["reset 1 0 00000008", "windowUpdate 0 0 0000c000"]);
  });

  test("if they end their stream by what is done with them: nothing is reported afterwards", () => {
    const client = rawClient({ window: WINDOW });
    client.received = (stream) => stream?.reset(8);
    client.answer(...HEADS.slice(0, 1), data(1, Buffer.alloc(WINDOW)), data(1, Buffer.alloc(1)));
    expect(client.log).toEqual(["call headers :status=200", `call data ${WINDOW}`]);
  });

  test("for what is allowed of other frames", () => {
    const pings = (count: number) => Array.from({ length: count }, () => frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8)));
    const client = rawClient();
    client.answer(...HEADS.slice(0, 1), ...pings(900), ...Array.from({ length: 500 }, () => data(1, Buffer.alloc(1))), ...pings(500));
    expect(client.log.filter((line) => line.startsWith("failed"))).toEqual([]);
  });
});
