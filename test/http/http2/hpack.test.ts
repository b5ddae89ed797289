import { describe, expect, test } from "bun:test";
import { digitsOf, encodedFields, statusOf } from "../../../src/http/http2/hpack.ts";

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");

/** Codes of the digits (RFC 7541 appendix B). */
const CODES = ["00000", "00001", "00010", "011001", "011010", "011011", "011100", "011101", "011110", "011111"];

/** Huffman-codes digits, padded with ones (§5.2). */
function coded(digits: string): Buffer {
  const bits = [...digits].map((digit) => CODES[Number(digit)]).join("");
  const bytes = bits.padEnd(Math.ceil(bits.length / 8) * 8, "1").match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}

describe("fields", () => {
  const shown = (hex: string) =>
    encodedFields(bytesOf(hex)).map(({ index, name, value }) =>
      [index, name?.bytes.toString(), value?.isHuffman === true ? value.bytes.toString("hex") : value?.bytes.toString()].filter(
        (part) => part !== undefined,
      ),
    );
  test.each([
    ["C.2.1", "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", [[0, "custom-key", "custom-header"]]],
    ["C.2.2", "040c 2f73 616d 706c 652f 7061 7468", [[4, "/sample/path"]]],
    ["C.2.3", "1008 7061 7373 776f 7264 0673 6563 7265 74", [[0, "password", "secret"]]],
    ["C.2.4", "82", [[2]]],
    ["C.3.1", "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d", [[2], [6], [4], [1, "www.example.com"]]],
    ["C.3.2", "8286 84be 5808 6e6f 2d63 6163 6865", [[2], [6], [4], [62], [24, "no-cache"]]],
    ["C.4.1", "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", [[2], [6], [4], [1, "f1e3c2e5f23a6ba0ab90f4ff"]]],
  ])("of the example %s", (_, hex, fields) => {
    expect(shown(hex)).toEqual(fields);
  });

  // §6.2, §6.3: prefixes of 7, 6, 5 and 4 bits; §5.1: a full prefix continues, 1337 is 1f 9a 0a with five bits.
  test.each([
    ["a size of 0", "20 88", [[8]]],
    ["a size of 30", "3e 88", [[8]]],
    ["a size of 1337", "3f 9a 0a 88", [[8]]],
    ["an index of 126", "fe 88", [[126], [8]]],
    ["an index of 127", "ff 00 88", [[127], [8]]],
    ["an index of 383", "ff 80 02 88", [[383], [8]]],
    ["a name of 62 to be kept", "7e 01 61 88", [[62, "a"], [8]]],
    ["a name of 63 to be kept", "7f 00 01 61 88", [[63, "a"], [8]]],
    ["a name of 14", "0e 01 61 88", [[14, "a"], [8]]],
    ["a name of 15", "0f 00 01 61 88", [[15, "a"], [8]]],
    ["a name of 60 never to be kept", "1f 2d 01 61 88", [[60, "a"], [8]]],
  ])("with %s", (_, hex, fields) => {
    expect(shown(hex)).toEqual(fields);
  });

  test.each([
    [126, "7e"],
    [127, "7f 00"],
    [128, "7f 01"],
    [254, "7f 7f"],
    [255, "7f 80 01"],
    [20_000, "7f a1 9b 01"],
  ])("with a value of %d bytes", (length, prefix) => {
    const block = Buffer.concat([bytesOf(`01 ${prefix}`), Buffer.alloc(length, "v"), bytesOf("88")]);
    expect(encodedFields(block).map(({ index, value }) => [index, value?.bytes.length])).toEqual([
      [1, length],
      [8, undefined],
    ]);
  });
});

describe("the status", () => {
  // Appendix A.
  test.each([
    ["87", undefined],
    ["88", 200],
    ["89", 204],
    ["8a", 206],
    ["8b", 304],
    ["8c", 400],
    ["8d", 404],
    ["8e", 500],
    ["8f", undefined],
    ["be", undefined],
    // C.5.1 and C.6.1 start with 302, in plain text and Huffman-coded.
    ["48 03 33 30 32", 302],
    ["48 82 64 02", 302],
    ["0e 03 34 31 38", 418],
    ["07 03 34 31 38", undefined],
    ["4f 03 34 31 38", undefined],
    ["48 02 34 31", undefined],
    ["48 04 34 31 38 30", undefined],
    ["48 03 34 31 61", undefined],
    ["00 01 61 01 62 8d", 404],
    ["20 8d", 404],
    ["", undefined],
  ])("of %s is %p", (hex, status) => {
    expect(statusOf(bytesOf(hex))).toBe(status);
  });

  test("of every three digits, in plain text and coded", () => {
    for (let status = 100; status < 1_000; status++) {
      const code = coded(String(status));
      expect(statusOf(Buffer.concat([Buffer.from([0x48, 3]), Buffer.from(String(status))]))).toBe(status);
      expect(statusOf(Buffer.concat([Buffer.from([0x48, 0x80 | code.length]), code]))).toBe(status);
    }
  });
});

describe("coded digits", () => {
  const text = (bytes: Buffer) => digitsOf({ bytes, isHuffman: true });
  test("of any length are read", () => {
    for (const digits of ["", ..."0123456789", "14", "16", "33", "0123456789", "9876543210", "00000000", "11111111"])
      expect(text(coded(digits))).toBe(digits);
  });
  // §5.2: padding consists of ones and is shorter than a byte; other characters are not digits: "%" is 010101, "-" 010110, "a" 00011.
  test.each([
    ["a byte of padding", "ff"],
    ["a byte of padding more", "07 ff"],
    ["padding that is not of ones", "08"],
    ["a percent sign", "57"],
    ["a dash", "5b"],
    ["a letter", "1f"],
    ["a letter behind a digit", "00 ff"],
  ])("with %s are unreadable", (_, hex) => {
    expect(text(bytesOf(hex))).toBe("unreadable");
  });
});
