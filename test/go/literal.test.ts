import { expect, test } from "bun:test";
import fc from "fast-check";
import { decodeUtf8, quote, unquote } from "../../src/go/literal.ts";

test.each([
  ['""', ""],
  ['"plain"', "plain"],
  ['"\\a\\b\\f\\n\\r\\t\\v\\\\\\""', '\x07\b\f\n\r\t\v\\"'],
  ['"\\101\\x42\\u00e9\\U0001F600"', "ABé😀"],
  ['"\\xc3\\xa9"', "é"],
  ['"\\xff\\xc3x"', "\ufffd\ufffdx"],
  ['"it\'s"', "it's"],
  ["`a\\n\r\nb`", "a\\n\nb"],
  ["'x'", "x"],
  ["'😀'", "😀"],
  ["'\"'", '"'],
  ["'\\''", "'"],
  ["'\\n'", "\n"],
  ["''", ""],
])("unquote(%p) is %p", (text, value) => {
  expect(unquote(text)).toBe(value);
});

test.each([
  "",
  "a",
  '"',
  '"a',
  'a"',
  '"a"b',
  '"a"b"',
  '"a\nb"',
  '"a\\"',
  '"\\\'"',
  "'\\\"'",
  "'ab'",
  "'a\\n'",
  "'\n'",
  '"\\q"',
  '"\\x4"',
  '"\\400"',
  '"\\18"',
  '"\\ud800"',
  '"\\U00110000"',
  "`a`b`",
  "plain",
])("unquote refuses %p", (text) => {
  expect(unquote(text)).toBeUndefined();
});

test.each([
  ["plain é 😀", '"plain é 😀"'],
  ['\x07\b\f\n\r\t\v\\"', '"\\a\\b\\f\\n\\r\\t\\v\\\\\\""'],
  ["'`", '"\'`"'],
  ["\0\x1f\x7f", '"\\x00\\x1f\\x7f"'],
  ["\x85\u00a0\u00ad\u200b\ufeff", '"\\u0085\\u00a0\\u00ad\\u200b\\ufeff"'],
  ["\u{e0001}", '"\\U000e0001"'],
])("quote(%p) is %p", (text, literal) => {
  expect(quote(text)).toBe(literal);
});

test.each([
  [[0x61, 0xc3, 0xa9], "aé"],
  [[0xef, 0xbb, 0xbf, 0x61], "\ufeffa"],
  [[0xf0, 0x9f, 0x98], "\ufffd\ufffd\ufffd"],
  [[0xed, 0xa0, 0x80], "\ufffd\ufffd\ufffd"],
  [[0xc0, 0xaf, 0x62], "\ufffd\ufffdb"],
  [[0x61, 0xff, 0xc3, 0xa9, 0x80], "a\ufffdé\ufffd"],
  [[0xf4, 0x90, 0x80, 0x80], "\ufffd\ufffd\ufffd\ufffd"],
])("decodeUtf8(%p) is %p", (bytes, text) => {
  expect(decodeUtf8(Uint8Array.from(bytes))).toBe(text);
});

test("a quoted text is unquoted to itself", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(unquote(quote(text))).toBe(text);
    }),
    { numRuns: 300 },
  );
});
