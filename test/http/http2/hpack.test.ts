import { describe, expect, test } from "bun:test";
import { hpackDecoder } from "../../../src/http/http2/hpack-decoder.ts";
import { encodeFields } from "../../../src/http/http2/hpack-encoder.ts";
import { decodeHuffman } from "../../../src/http/http2/huffman.ts";
import { STATIC_TABLE } from "../../../src/http/http2/static-table.ts";
import type { Headers } from "../../../src/http/message-head.ts";

const bytesOf = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ""), "hex");
const decoded = (...blocks: readonly string[]): readonly Headers[] => {
  const decoder = hpackDecoder(65_536);
  return blocks.map((block) => decoder.decode(bytesOf(block)));
};

const REQUESTS = [
  { ":method": "GET", ":scheme": "http", ":path": "/", ":authority": "www.example.com" },
  { ":method": "GET", ":scheme": "http", ":path": "/", ":authority": "www.example.com", "cache-control": "no-cache" },
  { ":method": "GET", ":scheme": "https", ":path": "/index.html", ":authority": "www.example.com", "custom-key": "custom-value" },
];
const FIRST = { "cache-control": "private", date: "Mon, 21 Oct 2013 20:13:21 GMT", location: "https://www.example.com" };
const RESPONSES = [
  { ":status": "302", ...FIRST },
  { ":status": "307", ...FIRST },
  {
    ":status": "200",
    ...FIRST,
    date: "Mon, 21 Oct 2013 20:13:22 GMT",
    "content-encoding": "gzip",
    "set-cookie": "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
  },
];

describe("the examples of RFC 7541 appendix C are decoded", () => {
  test.each<[name: string, hex: string, fields: Headers]>([
    ["C.2.1", "400a 6375 7374 6f6d 2d6b 6579 0d63 7573 746f 6d2d 6865 6164 6572", [["custom-key", "custom-header"]]],
    ["C.2.2", "040c 2f73 616d 706c 652f 7061 7468", [[":path", "/sample/path"]]],
    ["C.2.3", "1008 7061 7373 776f 7264 0673 6563 7265 74", [["password", "secret"]]],
    ["C.2.4", "82", [[":method", "GET"]]],
  ])("%s", (_, hex, fields) => {
    expect(decoded(hex)).toEqual([fields]);
  });

  test.each<[name: string, blocks: readonly string[]]>([
    [
      "C.3",
      [
        "8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d",
        "8286 84be 5808 6e6f 2d63 6163 6865",
        "8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65",
      ],
    ],
    [
      "C.4",
      [
        "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff",
        "8286 84be 5886 a8eb 1064 9cbf",
        "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
      ],
    ],
  ])("%s, requests", (_, blocks) => {
    expect(decoded(...blocks).map((fields) => Object.fromEntries(fields))).toEqual(REQUESTS);
  });

  // In a table of 256 bytes, which the examples assume: the change of its size is before the first block.
  test.each<[name: string, blocks: readonly string[]]>([
    [
      "C.5",
      [
        `3fe101 4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768
         7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d`,
        "4803 3330 37c1 c0bf",
        `88c1 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3220 474d 54c0 5a04 677a 6970 7738 666f 6f3d 4153 444a 4b48
         514b 425a 584f 5157 454f 5049 5541 5851 5745 4f49 553b 206d 6178 2d61 6765 3d33 3630 303b 2076 6572 7369 6f6e 3d31`,
      ],
    ],
    [
      "C.6",
      [
        `3fe101 4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8
         e9ae 82ae 43d3`,
        "4883 640e ffc1 c0bf",
        `88c1 6196 d07a be94 1054 d444 a820 0595 040b 8166 e084 a62d 1bff c05a 839b d9ab 77ad 94e7 821d d7f2 e6c7 b335 dfdf cd5b 3960 d5af
         2708 7f36 72c1 ab27 0fb5 291f 9587 3160 65c0 03ed 4ee5 b106 3d50 07`,
      ],
    ],
  ])("%s, responses", (_, blocks) => {
    expect(decoded(...blocks).map((fields) => Object.fromEntries(fields))).toEqual(RESPONSES);
  });
});

// §5.1: a full prefix continues, 1337 is 1f 9a 0a with five bits; §6.2, §6.3: prefixes of 7, 6, 5 and 4 bits.
describe("a field", () => {
  test.each<[name: string, hex: string, fields: Headers]>([
    ["after a size of 0", "20 88", [[":status", "200"]]],
    ["after sizes of 0 and 1337", "20 3f 9a 0a 88", [[":status", "200"]]],
    ["with an index of 61", "bd", [["www-authenticate", ""]]],
    ["with a name of 61 that is kept", "7d 01 61", [["www-authenticate", "a"]]],
    ["with a name of 14", "0e 01 61", [[":status", "a"]]],
    ["with a name of 15", "0f 00 01 61", [["accept-charset", "a"]]],
    ["with a name of 60 that is never kept", "1f 2d 01 61", [["via", "a"]]],
    ["of bytes above ASCII", "00 01 61 02 c3 a9", [["a", "\u00c3\u00a9"]]],
    ["with an empty value", "00 01 61 00", [["a", ""]]],
  ])("%s", (_, hex, fields) => {
    expect(decoded(hex)).toEqual([fields]);
  });

  test("larger than the table empties it", () => {
    const large = `40 01 61 7f b1 1f ${"62".repeat(4_144)}`;
    expect(() => decoded("40 01 61 01 62", large, "be")).toThrow("there is no field 62");
  });

  test("exactly as large as the table is kept", () => {
    // 1 + 4,063 + 32 bytes.
    const [, [kept] = []] = decoded(`40 01 61 7f e0 1e ${"62".repeat(4_063)}`, "be");
    expect(kept).toEqual(["a", "b".repeat(4_063)]);
  });

  test("that is old makes room", () => {
    // Two entries of 1 + 2,000 + 32 bytes fit 4,096, a third does not.
    const entry = (letter: string) => `40 01 ${Buffer.from(letter).toString("hex")} 7f d1 0e ${"78".repeat(2_000)}`;
    const [, , , last = []] = decoded(entry("a"), entry("b"), entry("c"), "bf be");
    expect(last.map(([name]) => name)).toEqual(["b", "c"]);
    expect(() => decoded(entry("a"), entry("b"), entry("c"), "c0")).toThrow("there is no field 64");
  });
});

// RFC 7541 §2.3.3, §4.2, §5.1, §5.2, §6.3: what must be treated as an error.
test.each([
  ["an index of 0", "80", "there is no field 0"],
  ["an index beyond both tables", "be", "there is no field 62"],
  ["a name beyond both tables", "7e 01 61", "there is no field 62"],
  ["an integer without end", "ff ff ff ff ff ff ff ff 7f", "an integer is too large"],
  ["an integer that is cut", "ff 80", "a header block ends within a field"],
  ["a text that is cut", "00 05 61", "a text ends beyond its block"],
  ["a value that is missing", "00 01 61", "a header block ends within a field"],
  ["a size above the setting", "3f e2 1f 88", "a change of the table's size that is not allowed"],
  ["a size after a field", "88 20", "a change of the table's size that is not allowed"],
  ["padding that is not of ones", "00 01 61 81 00", "a Huffman code is invalid"],
  ["eight bits of padding", "00 01 61 82 1f ff", "a Huffman code is invalid"],
  ["the end of string in a text", "00 01 61 84 ff ff ff ff", "a Huffman code is invalid"],
])("%s is refused", (_, hex, reason) => {
  expect(() => decoded(hex)).toThrow(`COMPRESSION_ERROR: ${reason}`);
});

test("a small block with a large list is refused while it is decoded", () => {
  const block = `40 01 61 7f a1 1e ${"62".repeat(4_000)}${"be".repeat(60_000)}`;
  expect(() => decoded(block)).toThrow("ENHANCE_YOUR_CALM: a header list above 65536 bytes");
});

test("the static table has the 61 fields of appendix A", () => {
  expect(STATIC_TABLE).toHaveLength(61);
  expect([1, 2, 8, 14, 16, 31, 61].map((index) => STATIC_TABLE[index - 1])).toEqual([
    [":authority", ""],
    [":method", "GET"],
    [":status", "200"],
    [":status", "500"],
    ["accept-encoding", "gzip, deflate"],
    ["content-type", ""],
    ["www-authenticate", ""],
  ]);
});

/** All 256 bytes in order, coded by the table of appendix B. */
const ALL =
  "ffc7fffd8fffffe2fffffe3fffffe4fffffe5fffffe6fffffe7fffffe8ffffeafffffff3fffffa7fffffabffffffdfffffebfffffecfffffedfffffe" +
  "efffffefffffff0ffffff1ffffff2fffffffbfffffcffffffd3fffffd7fffffdbfffffdffffffe3fffffe7fffffebfffffed4fe3f9ffaffcabf1febf" +
  "afefe7fdfd2cbb00089969b71d79fb9f7fff20ffbff3ff50ddbd7f061c58f265cd9f469d5af66dddbf871e5f9cff7ff7fffc3ff9ffe45fff4719242c" +
  "b34e6e9d68a6a3d7dac426defe3cfaf7fffbfe7ffbffdffffffcfffe6ffff4bfff9ffffa3fffd3ffff53fffd5ffffb3fffeb7fffdaffffb7ffff73ff" +
  "feeffffdeffffebffffbfffffd9ffffdbfffebffffe0ffffeeffffc3ffff8bffff1ffffe4fffee7fffb1ffff97fffd9ffffcdffff9fffffbffffdaff" +
  "feeffff4ffffb7fffee7fffe8ffffd3fffdeffffd5fffeeffffbdffffe1fffdfffff7fffff5ffffecffff07fff87fffe0ffff17fffedffff87ffff77" +
  "fffeffffeaffff8bfffe3ffff93ffff87fffcbffff37ffff1fffff83ffffe1fffebfffe3ffff3fffff2ffffa3ffffd9fffff17ffffc7fffff27ffffd" +
  "efffffbffffff2fffff8fffffb7fff97fff8fffffe6fffffc1fffff87ffffe7fffffc5ffffe5fffe4ffff2fffffd1fffff4ffffffefffffe3fffffc9" +
  "fffff97fffb3ffffcffffb7fffcdffff4ffff9ffffd1ffffcffffeaffffafffffddffffeffffff4fffff5fffffabffffa7ffffd7fffff9bffffecfff" +
  "ffb7fffff3fffffe8fffffd3fffffabfffff5fffffff7ffffecfffffdbfffffbbfffff7ffffff0fffffbbf";

test("all bytes are decoded as in the table of appendix B", () => {
  expect(decodeHuffman(bytesOf(ALL))).toBe(String.fromCharCode(...Array(256).keys()));
  expect(decodeHuffman(bytesOf(""))).toBe("");
});

describe("encoded fields", () => {
  test.each<[name: string, fields: Headers, hex: string]>([
    ["of the static table", [[":method", "POST"]], "83"],
    ["with a name of the static table", [[":path", "/a"]], "04 02 2f61"],
    ["with a name and no value of the static table", [[":authority", ""]], "01 00"],
    ["with a name beyond 14", [["te", "trailers"]], "00 02 7465 08 747261696c657273"],
    ["that are secret", [["authorization", "x"]], "1f 08 01 78"],
    ["with a value of 127 bytes", [["a", "b".repeat(127)]], `00 01 61 7f 00 ${"62".repeat(127)}`],
    ["with a value of 20,000 bytes", [["a", "b".repeat(20_000)]], `00 01 61 7f a1 9b 01 ${"62".repeat(20_000)}`],
    ["above ASCII", [["a", "\u00e9"]], "00 01 61 01 e9"],
  ])("%s", (_, fields, hex) => {
    expect(Buffer.from(encodeFields(fields)).toString("hex")).toBe(hex.replaceAll(" ", ""));
    expect(decoded(hex)).toEqual([fields]);
  });
});
