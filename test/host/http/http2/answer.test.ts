import { describe, expect, test } from "bun:test";
import { http2Answer } from "../../../../src/host/http/http2/answer.ts";
import { frameBytes } from "../../../../src/http/http2/frames.ts";
import { streamOf } from "../stream-of.ts";

const [DATA, HEADERS, PRIORITY, RESET, SETTINGS, PING, GO_AWAY, WINDOW, CONTINUATION] = [0, 1, 2, 3, 4, 6, 7, 8, 9];
const [ACK, END_STREAM, END_HEADERS, PADDED] = [1, 1, 4, 8];
const SETTINGS_ACK = "000000040100000000";

const frame = (type: number, flags: number, payload: string, stream = 1) =>
  frameBytes({ type, flags, stream, payload: Buffer.from(payload) });

/** Reads a response from frames. Returns it, and what was sent meanwhile. */
async function read(frames: readonly Buffer[], limit = 1_000) {
  const { stream, written } = streamOf(Buffer.concat(frames));
  const answer = await http2Answer(stream, limit).then(
    ({ first, last, body }) => [Buffer.from(first).toString(), Buffer.from(last).toString(), body.toString()],
    (error: Error) => error.message,
  );
  return { answer, sent: written().toString("hex") };
}

// RFC 9113 §5.1, §6.2, §6.10, §8.1: fields, possibly continued, data, then fields again; any of them can end the stream.
describe("a response", () => {
  test.each([
    ["of only fields", [frame(HEADERS, END_HEADERS | END_STREAM, "ab")], ["ab", "ab", ""]],
    ["with a body", [frame(HEADERS, END_HEADERS, "a"), frame(DATA, 0, "x"), frame(DATA, END_STREAM, "y")], ["a", "a", "xy"]],
    [
      "with fields after its body",
      [frame(HEADERS, END_HEADERS, "a"), frame(DATA, 0, "x"), frame(HEADERS, END_HEADERS | END_STREAM, "b")],
      ["a", "b", "x"],
    ],
    [
      "with continued fields",
      [frame(HEADERS, END_STREAM, "a"), frame(CONTINUATION, 0, "b"), frame(CONTINUATION, END_HEADERS, "c")],
      ["abc", "abc", ""],
    ],
    [
      "with all fields continued",
      [
        frame(HEADERS, 0, "a"),
        frame(CONTINUATION, END_HEADERS, "b"),
        frame(DATA, 0, "x"),
        frame(HEADERS, END_STREAM, "c"),
        frame(CONTINUATION, END_HEADERS, "d"),
      ],
      ["ab", "cd", "x"],
    ],
    ["with padding", [frame(HEADERS, END_HEADERS | PADDED, "\x02ab\0\0"), frame(DATA, END_STREAM | PADDED, "\x01x\0")], ["ab", "ab", "x"]],
    [
      "between frames that are ignored",
      [frame(WINDOW, 0, "\0\0\0\x01", 0), frame(PRIORITY, 0, "12345"), frame(99, 255, "?"), frame(HEADERS, END_HEADERS | END_STREAM, "a")],
      ["a", "a", ""],
    ],
  ])("%s is read", async (_, frames, expected) => {
    expect(await read(frames)).toEqual({ answer: expected, sent: "" });
  });

  test("is limited to the maximum size of a body", async () => {
    const endless = [frame(HEADERS, END_HEADERS, "a"), frame(DATA, 0, "xy"), frame(DATA, 0, "z")];
    expect((await read(endless, 3)).answer).toEqual(["a", "a", "xyz"]);
    expect((await read(endless, 2)).answer).toEqual(["a", "a", "xy"]);
    expect((await read(endless, 4)).answer).toBe("the connection was closed without a response");
  });

  test("that is missing is an error", async () => {
    expect((await read([])).answer).toBe("the connection was closed without a response");
    expect((await read([frame(HEADERS, END_HEADERS, "a"), frame(RESET, 0, "\0\0\0\x08")])).answer).toBe("the peer has reset the call");
    expect((await read([frame(GO_AWAY, 0, "\0\0\0\0\0\0\0\0", 0)])).answer).toBe("the peer closes the connection");
    // §4.2: frames have at most 16,384 bytes; an HTTP/1.1 response looks like a longer one.
    const longest = [frame(HEADERS, END_HEADERS, "a"), frame(DATA, END_STREAM, "x".repeat(16_384))];
    expect((await read(longest, 100_000)).answer).toEqual(["a", "a", "x".repeat(16_384)]);
    expect((await read([frame(DATA, END_STREAM, "x".repeat(16_385))], 100_000)).answer).toBe("the response is not HTTP/2");
    expect((await read([Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")])).answer).toBe("the response is not HTTP/2");
  });

  test("without an end is rejected after 1 MiB", async () => {
    const empty = Array.from({ length: 64 }, () => frame(99, 0, "x".repeat(16_384)));
    expect((await read(empty)).answer).toBe("the response has no end");
  });
});

// §6.5.3, §6.7: settings and pings are acknowledged, a ping with its payload; acknowledgements are not.
test.each([
  ["settings", frame(SETTINGS, 0, "\0\x03\0\0\0\x01", 0), SETTINGS_ACK],
  ["acknowledged settings", frame(SETTINGS, ACK, "", 0), ""],
  ["a ping", frame(PING, 0, "12345678", 0), "0000080601000000003132333435363738"],
  ["an acknowledged ping", frame(PING, ACK, "12345678", 0), ""],
])("%s before a response", async (_, first, sent) => {
  const seen = await read([first, frame(HEADERS, END_HEADERS | END_STREAM, "a")]);
  expect(seen).toEqual({ answer: ["a", "a", ""], sent });
});
