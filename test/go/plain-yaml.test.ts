import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseYaml } from "../../src/go/go-yaml.ts";
import { ok } from "../../src/go/parsed.ts";
import { readPlainYaml } from "../../src/go/plain-yaml.ts";

test.each([
  ["a: b", { a: "b" }],
  ["a: b\n\nc: 1\n", { a: "b", c: 1 }],
  [
    "tracing:\n  zipkin:\n    address: zipkin.istio-system:9411\n  sampling: 10\nconcurrency: 2",
    { tracing: { zipkin: { address: "zipkin.istio-system:9411" }, sampling: 10 }, concurrency: 2 },
  ],
  ["proxyMetadata:\n  A: \"1\"\n  B: 'x: #y'\n", { proxyMetadata: { A: "1", B: "x: #y" } }],
  ["a:\n- x\n- 2\nb: true", { a: ["x", 2], b: true }],
  ["a:\n  b:\n    - x\n  c: false", { a: { b: ["x"], c: false } }],
  ["a:\nb:\n  c:", { a: null, b: { c: null } }],
  ["a: 45s\nb: 10.0.0.1:9411\nc: /x y/z=1,2", { a: "45s", b: "10.0.0.1:9411", c: "/x y/z=1,2" }],
  ["a: 1\na: 2", { a: 2 }],
  ["# x\na:\n # y: z\n  b: c\n  #\n  \n  d: e", { a: { b: "c", d: "e" } }],
])("%j is plain", (text, expected) => {
  expect(readPlainYaml(text)).toEqual(expected);
});

test.each([
  "",
  "\n",
  "a",
  "- a",
  " a: b",
  "a: b\n  c: d",
  "a:\n    b: c\n  d: e",
  "a:\n  - b\n  c: d",
  "a: &x b",
  "a: *x",
  "a: !!str 1",
  "a: |\n  b",
  "a: {b: c}",
  "a: b # c",
  "a: b: c",
  "a: b:",
  "a: yes",
  "on: b",
  "a: ~",
  "a: 010",
  "a: 1.5",
  "a: 0x10",
  "a: 1_000",
  "a: 1e3",
  "a: 2020-01-01",
  "a: 9007199254740993",
  'a: "\\n"',
  "a: 'it''s'",
  "a:\tb",
  "a: b\r\n",
  "a: é",
  "---\na: b",
  "a: b\n...",
  "a: b ",
  "a : b",
  "? a",
  "<<: b",
  "a: @b",
  "a: %b",
  "a: -",
])("%j needs the full parser", (text) => {
  expect(readPlainYaml(text)).toBeUndefined();
});

test("plain YAML parses to the same value as with the full parser", () => {
  const indent = fc.constantFrom("", "", "", "  ", "  ", "    ", " ");
  const often = fc.constantFrom(
    "x",
    "x y",
    "http://h:1/p",
    "a,b",
    "true",
    "false",
    "0",
    "15",
    "45s",
    "10.0.0.1:80",
    "'q: #r'",
    '"q"',
    "/x y",
  );
  const odd = fc.constantFrom(
    ..."x: y|x #y|x#y|http://h:1/p?q|True|no|null|~|00|1.5|1e3|0x1|1_0|-1|45s5|1:20|1:20:30|2020-01-01|.5|{}|[]|{a: b}|\"a\\tb\"|'it''s'|\"|'|-|- x".split(
      "|",
    ),
    ..."*x|&x|!x|%x|@x|`x|>|x:|:x|x,|/|/x:y|~x|=|x-|x ".split("|"),
    "",
  );
  const scalar = fc.oneof({ weight: 9, arbitrary: often }, { weight: 1, arbitrary: odd });
  const key = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom("a", "b", "a.b/c-d", "toString", "constructor") },
    { weight: 1, arbitrary: fc.constantFrom("y", "No", "null", "9", "_x", "x y", "<<", "__proto__") },
  );
  const colon = fc.constantFrom(...Array<string>(9).fill(": "), ":", ":  ", " : ");
  const dash = fc.constantFrom(...Array<string>(9).fill("- "), "-", "-  ");
  const line = fc.oneof(
    { weight: 10, arbitrary: fc.tuple(indent, key, colon, scalar).map((parts) => parts.join("")) },
    { weight: 5, arbitrary: fc.tuple(indent, dash, scalar).map((parts) => parts.join("")) },
    { weight: 8, arbitrary: fc.tuple(indent, key).map(([blanks, name]) => `${blanks}${name}:`) },
    { weight: 1, arbitrary: fc.constantFrom("", " ", "# c", "    # a: b", "---", "...", "\t", "x") },
  );
  let read = 0;
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 6 }), fc.constantFrom("", "\n"), (lines, end) => {
      const text = lines.join("\n") + end;
      const plain = readPlainYaml(text);
      if (plain === undefined) return;
      read++;
      expect<unknown>(ok(plain)).toStrictEqual(parseYaml(text));
    }),
    { numRuns: 20_000, seed: 20_261_128 },
  );
  expect(read).toBeGreaterThan(1_000);
});
