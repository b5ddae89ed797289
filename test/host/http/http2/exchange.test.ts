import { describe, expect, test } from "bun:test";
import { http2Exchange } from "../../../../src/host/http/http2/exchange.ts";
import { data, FLAG, FRAME, fields, frame, goAway, headers, reset, SETTINGS } from "../../../support/http2-raw.ts";
import { streamOf } from "../stream-of.ts";

const HEAD = headers(1, [[":status", "200"]]);
const END = { endStream: true } as const;
const OK = [":status=200"];

/** Exchanges a request for frames, after the settings of a server. Returns the answer, or why there is none. */
async function read(frames: readonly Buffer[], limit = 1_000, start = SETTINGS) {
  const { stream, written } = streamOf(Buffer.concat([start, ...frames]));
  const request = { fields: [[":method", "GET"] as const], limit };
  const answer = await http2Exchange(stream, request).then(
    ({ first, last, body }) => [first.map((field) => field.join("=")), last.map((field) => field.join("=")), body.toString()],
    (error: Error) => error.message,
  );
  return { answer, sent: written().toString("hex") };
}

// RFC 9113 §5.1, §6.2, §6.10, §8.1: fields, possibly continued, data, then fields again; any of them can end the stream.
describe("a response", () => {
  test.each([
    ["of only fields", [headers(1, [[":status", "204"]], END)], [[":status=204"], [":status=204"], ""]],
    ["with a body", [HEAD, data(1, Buffer.from("x")), data(1, Buffer.from("y"), END)], [OK, OK, "xy"]],
    ["with fields after its body", [HEAD, data(1, Buffer.from("x")), headers(1, [["a", "b"]], END)], [OK, ["a=b"], "x"]],
    [
      "with continued fields",
      [
        frame(FRAME.headers, FLAG.endStream, 1, fields([[":status", "200"]])),
        frame(FRAME.continuation, FLAG.endHeaders, 1, fields([["a", "b"]])),
      ],
      [[":status=200", "a=b"], [":status=200", "a=b"], ""],
    ],
  ])("%s is read", async (_, frames, expected) => {
    expect((await read(frames)).answer).toEqual(expected);
  });

  test("is limited to the maximum size of a body", async () => {
    const endless = [HEAD, data(1, Buffer.from("xy")), data(1, Buffer.from("z"))];
    expect((await read(endless, 3)).answer).toEqual([OK, OK, "xyz"]);
    expect((await read(endless, 2)).answer).toEqual([OK, OK, "xy"]);
    expect((await read(endless, 4)).answer).toBe("the connection was closed without a response");
    const longest = [HEAD, data(1, Buffer.alloc(16_384, "x"), END)];
    expect((await read(longest, 10_000)).answer).toEqual([OK, OK, "x".repeat(10_000)]);
  });

  test.each([
    ["nothing", [], "the connection was closed without a response"],
    ["a reset", [HEAD, reset(1, 8)], "the peer has reset the call"],
    ["GOAWAY", [goAway(0, 0)], "received prior goaway: code: NO_ERROR"],
    ["no status", [headers(1, [["a", "b"]], END)], "the response has no valid status"],
    ["data of no request", [data(3, Buffer.from("x"))], "the response is invalid: PROTOCOL_ERROR: DATA on stream 3, which was not begun"],
    ["more than the window", [HEAD, ...Array.from({ length: 5 }, () => data(1, Buffer.alloc(16_384)))], /^the response is invalid: FLOW_/],
  ] as const)("of %s is an error", async (_, frames, text) => {
    expect((await read(frames, 100_000)).answer).toEqual(typeof text === "string" ? text : expect.stringMatching(text));
  });

  test("that is not HTTP/2 is an error", async () => {
    expect((await read([Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")], 1_000, Buffer.alloc(0))).answer).toBe(
      "the response is not HTTP/2",
    );
    expect((await read([HEAD], 1_000, Buffer.alloc(0))).answer).toBe("the response is not HTTP/2");
  });

  test("without an end is rejected after 1 MiB", async () => {
    expect((await read(Array.from({ length: 64 }, () => frame(99, 0, 0, Buffer.alloc(16_384))))).answer).toBe("the response has no end");
  });
});

// §6.5.3, §6.7: settings and pings are acknowledged, a ping with its payload.
test("settings and pings before a response are answered", async () => {
  const { sent } = await read([frame(FRAME.ping, 0, 0, Buffer.from("12345678")), headers(1, [[":status", "200"]], END)]);
  expect(sent).toContain("000000040100000000");
  expect(sent).toContain("0000080601000000003132333435363738");
});
