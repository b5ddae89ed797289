import { describe, expect, test } from "bun:test";
import { fieldsProblem } from "../../../src/http/http2/message-fields.ts";
import type { Headers } from "../../../src/http/message-head.ts";
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
  windowUpdate,
} from "../../support/http2-raw.ts";
import { openSide, REQUEST, rawClient, rawServer, sentBy } from "./peers.ts";

const many = (count: number, one: (index: number) => Buffer) => Array.from({ length: count }, (_, index) => one(index));
const setting = (identifier: number, value: number) => {
  const payload = Buffer.alloc(6);
  payload.writeUInt16BE(identifier);
  payload.writeUInt32BE(value, 2);
  return frame(FRAME.settings, 0, 0, payload);
};
const request = headers(1, REQUEST);
const [PROTOCOL, FLOW, CLOSED, SIZE, COMPRESSION, CALM] = [
  "PROTOCOL_ERROR",
  "FLOW_CONTROL_ERROR",
  "STREAM_CLOSED",
  "FRAME_SIZE_ERROR",
  "COMPRESSION_ERROR",
  "ENHANCE_YOUR_CALM",
];

describe("a client ends the connection with", () => {
  test.each<[error: string | undefined, name: string, frames: readonly Uint8Array[]]>([
    [PROTOCOL, "fields on no stream", [headers(0, REQUEST)]],
    [PROTOCOL, "a stream of the server", [headers(2, REQUEST)]],
    [CLOSED, "a stream that is older than the last", [headers(3, REQUEST), request]],
    [
      CLOSED,
      "fields on a stream that has ended",
      [headers(1, REQUEST, { endStream: true }), headers(1, [["a", "b"]], { endStream: true })],
    ],
    [CLOSED, "data on a stream that has ended", [headers(1, REQUEST, { endStream: true }), data(1, Buffer.from("x"))]],
    [CLOSED, "data on a stream that it has reset", [request, reset(1, 8), data(1, Buffer.from("x"))]],
    [PROTOCOL, "data on no stream", [data(0, Buffer.from("x"))]],
    [PROTOCOL, "data on a stream that was not begun", [data(1, Buffer.from("x"))]],
    [FLOW, "more data than its window", [request, data(1, Buffer.alloc(65_536))]],
    [PROTOCOL, "more padding than data", [request, frame(FRAME.data, FLAG.padded, 1, Buffer.from("050102", "hex"))]],
    [SIZE, "padding without a length", [request, frame(FRAME.data, FLAG.padded, 1)]],
    [
      PROTOCOL,
      "more padding than fields",
      [frame(FRAME.headers, FLAG.padded | FLAG.endHeaders, 1, Buffer.from("0182", "hex").fill(9, 0, 1))],
    ],
    [SIZE, "half a priority", [frame(FRAME.headers, FLAG.priority | FLAG.endHeaders, 1, Buffer.alloc(4))]],
    [SIZE, "a frame above 16,384 bytes", [frame(99, 0, 0, Buffer.alloc(16_385))]],
    [SIZE, "such a frame of data", [request, frame(FRAME.data, 0, 1, Buffer.alloc(16_385))]],
    [PROTOCOL, "a continuation of nothing", [frame(FRAME.continuation, FLAG.endHeaders, 1)]],
    [PROTOCOL, "another frame within fields", [frame(FRAME.headers, 0, 1), SETTINGS]],
    [PROTOCOL, "a continuation of another stream", [frame(FRAME.headers, 0, 1), frame(FRAME.continuation, FLAG.endHeaders, 3)]],
    [
      CALM,
      "a header block above 64 KiB",
      [frame(FRAME.headers, 0, 1), ...many(5, () => frame(FRAME.continuation, 0, 1, Buffer.alloc(16_000)))],
    ],
    [CALM, "a header block in many parts", [frame(FRAME.headers, 0, 1), ...many(100, () => frame(FRAME.continuation, 0, 1))]],
    [CALM, "a header list above 64 KiB", [headers(1, [...REQUEST, ...many(2_100, () => Buffer.alloc(0)).map(() => ["a", "b"] as const)])]],
    [COMPRESSION, "fields that are none", [frame(FRAME.headers, FLAG.endHeaders, 1, Buffer.of(0x80))]],
    [SIZE, "RST_STREAM of five bytes", [request, frame(FRAME.reset, 0, 1, Buffer.alloc(5))]],
    [PROTOCOL, "RST_STREAM on a stream that was not begun", [reset(1, 8)]],
    [PROTOCOL, "RST_STREAM on no stream", [reset(0, 8)]],
    [SIZE, "settings that are half", [frame(FRAME.settings, 0, 0, Buffer.alloc(5))]],
    [SIZE, "acknowledged settings with settings", [frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(6))]],
    [PROTOCOL, "settings on a stream", [frame(FRAME.settings, 0, 1)]],
    [PROTOCOL, "a push that is neither on nor off", [setting(2, 2)]],
    [FLOW, "a first window of 2^31", [setting(4, 2 ** 31)]],
    [FLOW, "a first window that makes others too large", [request, windowUpdate(1, 2 ** 31 - 1 - 65_535), setting(4, 65_536)]],
    [PROTOCOL, "a largest frame of 16,383 bytes", [setting(5, 16_383)]],
    [PROTOCOL, "a largest frame of 2^24 bytes", [setting(5, 2 ** 24)]],
    [PROTOCOL, "a ping on a stream", [frame(FRAME.ping, 0, 1, Buffer.alloc(8))]],
    [SIZE, "a ping of seven bytes", [frame(FRAME.ping, 0, 0, Buffer.alloc(7))]],
    [PROTOCOL, "GOAWAY on a stream", [frame(FRAME.goAway, 0, 1, Buffer.alloc(8))]],
    [SIZE, "GOAWAY of seven bytes", [frame(FRAME.goAway, 0, 0, Buffer.alloc(7))]],
    [PROTOCOL, "a pushed request", [frame(FRAME.pushPromise, FLAG.endHeaders, 1, Buffer.alloc(4))]],
    [SIZE, "WINDOW_UPDATE of three bytes", [frame(FRAME.windowUpdate, 0, 0, Buffer.alloc(3))]],
    [PROTOCOL, "a window of nothing", [windowUpdate(0, 0)]],
    [FLOW, "a window that is too large", [windowUpdate(0, 2 ** 31 - 1)]],
    [PROTOCOL, "a window of a stream that was not begun", [windowUpdate(1, 1)]],
    [CALM, "a flood of settings", many(2_000, () => SETTINGS)],
    [CALM, "a flood of pings", many(2_000, () => frame(FRAME.ping, 0, 0, Buffer.alloc(8)))],
    [CALM, "a flood of acknowledgements", many(2_000, () => frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8)))],
    [CALM, "a storm of resets", many(2_000, (index) => Buffer.concat([headers(2 * index + 1, REQUEST), reset(2 * index + 1, 8)]))],
    [CALM, "data frames of nothing", [request, ...many(2_000, () => data(1, Buffer.alloc(0)))]],
    [CALM, "unknown frames", many(2_000, () => frame(99, 0, 0))],
    [CALM, "requests that are refused", many(2_000, (index) => headers(2 * index + 1, [["a", "b"]]))],
    [undefined, "GOAWAY, many times", many(2_000, () => goAway(0, 0))],
    [
      undefined,
      "1,000 pings between data",
      many(1_000, (index) => (index === 0 ? request : frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8)))),
    ],
  ])("%p: %s", (error, _, frames) => {
    const { connection, log, answer } = rawServer();
    const answers = answer(...frames);
    const failures = log.filter((line) => line.startsWith("failed"));
    expect(failures.map((line) => line.split(/[ :]/)[1])).toEqual(error === undefined ? [] : [error]);
    // It says why, and hears nothing more.
    expect(answers.at(-1)?.startsWith("goAway 0 0 ") === true).toBe(error !== undefined);
    connection.receive(Buffer.from("anything"));
    if (error !== undefined) expect(log.at(-1)).toBe(failures[0] ?? "");
  });

  test.each([
    ["HTTP/1", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
    ["a frame that is not its settings", Buffer.concat([PREFACE, frame(FRAME.ping, 0, 0, Buffer.alloc(8))])],
    ["an acknowledgement of settings", Buffer.concat([PREFACE, frame(FRAME.settings, FLAG.ack, 0)])],
  ])("PROTOCOL_ERROR: %s at its start", (_, bytes) => {
    const server = openSide({ role: "server" });
    server.connection.receive(bytes);
    expect(server.log).toEqual([expect.stringMatching(/^failed PROTOCOL_ERROR: /)]);
  });

  test("pings that it does not read the answers of, however slowly it sends them", () => {
    let now = 0;
    const server = openSide({ role: "server", now: () => now });
    server.connection.receive(Buffer.concat([PREFACE, SETTINGS]));
    for (let count = 0; count < 3_000; count++) {
      now += 1_000;
      server.connection.receive(frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
    }
    expect(server.log.at(-1)).toStartWith("failed ENHANCE_YOUR_CALM");
  });

  test("not pings that it sends all the time and reads the answers of", () => {
    let now = 0;
    const server = openSide({ role: "server", now: () => now });
    server.connection.receive(Buffer.concat([PREFACE, SETTINGS]));
    for (let count = 0; count < 10_000; count++) {
      now += 1_000;
      server.connection.receive(frame(FRAME.ping, 0, 0, Buffer.alloc(8)));
      sentBy(server);
    }
    expect(server.log).toEqual(["ready"]);
  });
});

describe("a server ends the connection, or its stream, with", () => {
  const head = headers(1, RESPONSE_FIELDS);
  test.each<[log: string, name: string, frames: readonly Uint8Array[]]>([
    ["failed PROTOCOL_ERROR: HEADERS on stream 2, which was not begun", "a stream of its own", [headers(2, RESPONSE_FIELDS)]],
    ["failed PROTOCOL_ERROR: HEADERS on stream 3, which was not begun", "an answer to no request", [headers(3, RESPONSE_FIELDS)]],
    ["failed PROTOCOL_ERROR: a pushed response", "a pushed response", [frame(FRAME.pushPromise, FLAG.endHeaders, 1, Buffer.alloc(4))]],
    ["call reset 1 data before header fields", "data before fields", [data(1, Buffer.from("x"))]],
    ["call reset 1 header fields that come twice", "fields that come twice", [head, head]],
    ["call reset 1 the response has no valid status", "no status", [headers(1, [["a", "b"]])]],
    [
      "call reset 1 the response ends before it is final",
      "an end of an interim response",
      [headers(1, [[":status", "100"]], { endStream: true })],
    ],
    ["call reset 3 a window above 2^31-1", "a window that is too large", [windowUpdate(1, 2 ** 31 - 1)]],
    [
      "failed STREAM_CLOSED: DATA on stream 1, which has ended",
      "data after its end",
      [headers(1, RESPONSE_FIELDS, { endStream: true }), data(1, Buffer.from("x"))],
    ],
  ])("%s", (log, _, frames) => {
    const client = rawClient();
    client.answer(...frames);
    expect(client.log.at(-1)).toBe(log);
  });

  test("more data than a stream's window, which is smaller than the connection's", () => {
    const client = rawClient({ window: 1_000 });
    expect(client.answer(head, data(1, Buffer.alloc(1_001)))).toEqual(["reset 1 0 00000003"]);
    expect(client.log.at(-1)).toBe("call reset 3 more data than the stream's window");
  });
});

// RFC 9113 §8.2, §8.3.
describe("fields", () => {
  const path = REQUEST;
  test.each<[kind: "request" | "response" | "trailers", fields: Headers, problem: RegExp | undefined]>([
    ["request", path, undefined],
    ["request", [...path, ["te", "trailers"], ["x", "\u00e9\t "]], undefined],
    [
      "request",
      [
        [":method", "CONNECT"],
        [":authority", "a"],
      ],
      undefined,
    ],
    ["request", [[":method", "CONNECT"]], /no method, scheme or path/],
    ["request", path.slice(1), /no method, scheme or path/],
    ["request", [...path.slice(0, 2), [":path", ""]], /no method, scheme or path/],
    ["request", [...path, [":path", "/b"]], /unknown or repeated/],
    ["request", [...path, [":protocol", "x"]], /unknown or repeated/],
    ["request", [...path, ["a", "b"], [":authority", "x"]], /name of a header field is invalid/],
    ["request", [...path, ["A", "b"]], /name of a header field is invalid/],
    ["request", [...path, ["", "b"]], /name of a header field is invalid/],
    ["request", [...path, ["a b", "b"]], /name of a header field is invalid/],
    ["request", [...path, ["a", "\n"]], /value of a header field is invalid/],
    ["request", [...path, ["a", "\0"]], /value of a header field is invalid/],
    ["request", [...path, ["connection", "close"]], /no header field connection/],
    ["request", [...path, ["transfer-encoding", "chunked"]], /no header field transfer-encoding/],
    ["request", [...path, ["te", "gzip"]], /no header field te/],
    ["response", [[":status", "200"]], undefined],
    ["response", [[":status", "99"]], /no valid status/],
    ["response", [[":status", "2000"]], /no valid status/],
    [
      "response",
      [
        [":status", "200"],
        [":path", "/"],
      ],
      /unknown or repeated/,
    ],
    ["trailers", [["a", "b"]], undefined],
    ["trailers", [[":status", "200"]], /unknown or repeated/],
  ])("of a %s: %j", (kind, list, problem) => {
    const found = fieldsProblem(list, kind);
    if (problem === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(problem);
  });
});

test("fields in several frames are those of one", () => {
  const client = rawClient();
  const block = fields([
    [":status", "200"],
    ["a", "b"],
  ]);
  client.answer(
    ...[...block].map((byte, index) =>
      frame(index === 0 ? FRAME.headers : FRAME.continuation, index === block.length - 1 ? FLAG.endHeaders : 0, 1, Buffer.of(byte)),
    ),
  );
  expect(client.log).toEqual(["call headers :status=200 a=b"]);
});
