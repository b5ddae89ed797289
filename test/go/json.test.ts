import { expect, test } from "bun:test";
import fc from "fast-check";
import { compareUtf8, escapeHtml, sortedJson } from "../../src/go/json.ts";

test.each([
  [null, "null"],
  [true, "true"],
  [-0, "-0"],
  [1.5, "1.5"],
  [1e21, "1e+21"],
  [1e-7, "1e-7"],
  ['é<"\n', '"é<\\"\\n"'],
  [12345678901234567890n, "12345678901234567890"],
  [[], "[]"],
  [{}, "{}"],
  [{ b: 1, a: [{ d: 1, c: -0 }] }, '{"a":[{"c":-0,"d":1}],"b":1}'],
  [{ 10: 1, 9: 2, a: 3 }, '{"10":1,"9":2,"a":3}'],
  [{ "\u{1f600}": 1, "\uffee": 2 }, '{"\uffee":2,"\u{1f600}":1}'],
  [JSON.parse('{"__proto__":{"a":1}}'), '{"__proto__":{"a":1}}'],
  [Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
])("sortedJson(%p) is %s", (value, text) => {
  expect(sortedJson(value)).toBe(text);
});

test("escapeHtml escapes what Go escapes in JSON", () => {
  expect(escapeHtml('"<i>&\u2028\u2029é"')).toBe('"\\u003ci\\u003e\\u0026\\u2028\\u2029é"');
});

test("compareUtf8 sorts by UTF-8 bytes", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const text = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(bytes(a), bytes(b)));
    }),
    { numRuns: 300 },
  );
});

test("formatted JSON parses to an equal value", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(sortedJson(value))).toEqual(value);
    }),
    { numRuns: 300 },
  );
});
