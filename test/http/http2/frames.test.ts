import { describe, expect, test } from "bun:test";
import { FLAG, FRAME, frameBytes, payloadOf, requestFrames, varint } from "../../../src/http/http2/frames.ts";

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/** A table of header fields of 0 bytes: identifier 1 of SETTINGS (RFC 9113 §6.5.2). */
const NO_TABLE = "000006 04 00 00000000 0001 00000000";
const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const hex = (text: string) => text.replaceAll(" ", "");

test("the numbers are those of RFC 9113 §6", () => {
  expect(FRAME).toEqual({ data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, continuation: 9 });
  expect(FLAG).toEqual({ ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 });
});

test("a frame is its length, type, flags and stream, then its payload (RFC 9113 §4.1)", () => {
  const frame = { type: 9, flags: 4, stream: 0x01020304, payload: Buffer.alloc(0x0102, 5) };
  expect(hexOf(frameBytes(frame))).toBe(`000102090401020304${"05".repeat(0x0102)}`);
});

// The field "a: b" is encoded as 00 01 61 01 62 (RFC 7541 §6.2.2); flags: 4 is END_HEADERS, 1 END_STREAM.
describe("a request", () => {
  test("without a body ends with its fields", () => {
    expect(hexOf(requestFrames([["a", "b"]], undefined))).toBe(
      `${Buffer.from(PREFACE).toString("hex")}${hex(`${NO_TABLE} 000005 01 05 00000001 0001610162`)}`,
    );
  });
  test("with a body ends with that", () => {
    expect(hexOf(requestFrames([["a", "b"]], Buffer.from("xy")))).toBe(
      `${Buffer.from(PREFACE).toString("hex")}${hex(`${NO_TABLE} 000005 01 04 00000001 0001610162 000002 00 01 00000001 7879`)}`,
    );
  });
  // §5.1: a length below 127 fits its seven bits; for a longer one, more bytes follow.
  test.each([
    [0, "00"],
    [126, "7e"],
    [127, "7f00"],
    [128, "7f01"],
    [255, "7f8001"],
    [4_000, "7fa11e"],
    [4_001, "7fa11e"],
  ])("with a value of %d bytes encodes its length, 4,000 at most", (length, prefix) => {
    const text = hexOf(requestFrames([["a", "v".repeat(length)]], undefined));
    expect(text).toEndWith(`000161${prefix}${"76".repeat(Math.min(length, 4_000))}`);
  });
});

// RFC 7541 C.1.2 (1337 is 31 and 1306) and protobuf's documentation of varints (150, 300).
test.each([
  [0, [0]],
  [1, [1]],
  [127, [127]],
  [128, [128, 1]],
  [150, [150, 1]],
  [300, [172, 2]],
  [1_306, [154, 10]],
  [16_384, [128, 128, 1]],
])("%d is written as %j", (value, bytes) => {
  expect([...varint(value)]).toEqual(bytes);
});

// RFC 9113 §6.1 and §6.2: a byte with the length of the padding, five of priority, the content, the padding.
test.each([
  ["data", FRAME.data, 0, "0102", "0102"],
  ["padded data", FRAME.data, FLAG.padded, "02 0102 0000", "0102"],
  ["data with no padding", FRAME.data, FLAG.padded, "00 0102", "0102"],
  ["data that is all padding", FRAME.data, FLAG.padded, "02 0000", ""],
  ["data with more padding than bytes", FRAME.data, FLAG.padded, "09 0102", ""],
  ["data with a flag that is not theirs", FRAME.data, FLAG.priority, "0102", "0102"],
  ["nothing, though padded", FRAME.data, FLAG.padded, "", ""],
  ["fields", FRAME.headers, FLAG.endHeaders, "0102", "0102"],
  ["fields with a priority", FRAME.headers, FLAG.priority, "8000000010 0102", "0102"],
  ["padded fields with a priority", FRAME.headers, FLAG.padded | FLAG.priority, "01 8000000010 0102 00", "0102"],
])("the content of %s", (_, type, flags, payload, content) => {
  const frame = { type, flags, stream: 1, payload: Buffer.from(hex(payload), "hex") };
  expect(hexOf(payloadOf(frame))).toBe(content);
});
