import { describe, expect, test } from "bun:test";
import { displayText } from "../../src/go/display-text.ts";
import { parseGoJson } from "../../src/go/json.ts";
import { parseDocument, positionIn } from "../../src/inputs/document.ts";
import { parseDownwardApi } from "../../src/inputs/downward-api.ts";
import { boolean, environmentOf, integer, readVariables, text } from "../../src/inputs/environment.ts";

describe("parseDownwardApi (contract 1.6 §3.2)", () => {
  test.each<[string, [string, string][]]>([
    ["", []],
    ['foo="bar"', [["foo", "bar"]]],
    [
      'a="1"\nb="2"\n',
      [
        ["a", "1"],
        ["b", "2"],
      ],
    ],
    ['a="line\\nbreak"', [["a", "line\nbreak"]]],
    ['a="b=c"', [["a", "b=c"]]],
    ["a=`raw \\n`", [["a", "raw \\n"]]],
    ['no equals sign\na="1"', [["a", "1"]]],
    ['a="1"\na="2"', [["a", "2"]]],
    ['__proto__="p"', [["__proto__", "p"]]],
  ])("%p", (given, expected) => {
    const parsed = parseDownwardApi(given);
    expect(parsed.ok && [...parsed.value]).toEqual(expected);
  });
  test.each(["a=unquoted", 'a="open', 'a="1"\r', "a="])("%p makes the whole file invalid", (given) => {
    expect(parseDownwardApi(`good="1"\n${given}`).ok).toBe(false);
  });
});

describe("parseDocument", () => {
  test.each([
    ["JSON", '{"a": 1}', { a: 1 }],
    ["YAML", "a: 1\nb: [x, y]", { a: 1, b: ["x", true] }],
    ["YAML 1.1 octal", "a: 010", { a: 8 }],
    ["nothing", "# nothing\n", null],
    ["a raw next-line mark in JSON folds to a blank", '{"a": "b \u0085 c"}', { a: "b c" }],
    ["a raw line separator in JSON stays", '{"a": "b\u2028c"}', { a: "b\u2028c" }],
    ["a byte order mark inside a text", '{"a": "\ufeff"}', { a: "\ufeff" }],
    ["digits that a number does not hold", '{"a": 12345678901234567890}', { a: 12345678901234567890n }],
    ["digits in a text", '{"a": "12345678901234567890"}', { a: "12345678901234567890" }],
    ["an escaped backslash before u is no escape", '{"a": "\\\\ud83d"}', { a: "\\ud83d" }],
  ])("%s", (_, given, value) => {
    expect(parseDocument(given)).toEqual({ ok: true, value });
  });
  test.each([
    ["a control character", '{"a": "\u007f"}', "yaml: control characters are not allowed"],
    ["a surrogate pair", '{"a": "\\ud83d\\ude00"}', "yaml: line 1: column 10: found invalid Unicode character escape code"],
    ["an escaped slash", '{"a": "\\/"}', "yaml: line 1: column 8: found unknown escape character"],
    ["a line break in a key", '{"a\u2028b": 1}', "yaml: line 2: column 3: did not find expected ',' or '}'"],
  ])("%s is rejected, as by upstream's YAML parser", (_, given, error) => {
    expect(parseDocument(given)).toEqual({ ok: false, error });
  });
  test("a syntax error has a line and a column", () => {
    const parsed = parseDocument("a: 1\nb: [unclosed");
    expect(parsed.ok ? "" : parsed.error).toMatch(/^yaml: line 2: column \d+: /);
  });
  test("positions of values are found in JSON and YAML", () => {
    expect(positionIn('{\n  "a": {"b": 1}}', ["a", "b"])).toBe(" (line 2, column 14)");
    expect(positionIn("a:\n  b: 1", ["a", "b"])).toBe(" (line 2, column 6)");
    expect(positionIn("a: 1", ["z"])).toBe("");
  });
});

test.each(["1e400", '{"a":[{"b":-1e999}]}', `[${"9".repeat(400)}]`])("parseGoJson rejects %s, beyond float64", (text) => {
  expect(parseGoJson(text)).toEqual({ ok: false, error: "a number beyond the range of float64" });
});

test("JSON is parsed up to Go's maximum depth", () => {
  const lists = (levels: number) => `${"[".repeat(levels)}"[\\"["${"]".repeat(levels)}`;
  expect(parseGoJson(lists(10_000)).ok).toBe(true);
  expect(parseGoJson(lists(10_001))).toEqual({ ok: false, error: "exceeded max depth" });
  expect(parseDocument(`{"a": ${lists(60_000)}}`)).toEqual({ ok: false, error: "yaml: exceeded max depth of 10000" });
});

test("a value of any depth can be displayed", () => {
  const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => [inner], 1);
  expect(displayText(deep)).toBe(`${"[".repeat(60)}…`);
  expect(displayText({ a: { password: "x", b: [1n] } })).toBe('{"a":{"password":"***","b":[1]}}');
});

test("parseGoJson replaces lone surrogates at any depth", () => {
  expect(parseGoJson('{"a\\ud800": ["\\udc00", 1]}')).toEqual({ ok: true, value: { "a\ufffd": ["\ufffd", 1] } });
});

describe("variables (contract 1.30 §2)", () => {
  const TABLE = { A: text("fallback", ""), B: boolean(true, ""), C: integer(7, "") };
  test.each([
    ["unset is the default", {}, { A: "fallback", B: true, C: 7 }, 0],
    ["set but empty is the empty text", { A: "" }, { A: "", B: true, C: 7 }, 0],
    ["Go's booleans and integers", { B: "F", C: "-3" }, { A: "fallback", B: false, C: -3 }, 0],
    ["what cannot be read is the default, with a warning", { B: "yes", C: "" }, { A: "fallback", B: true, C: 7 }, 2],
  ])("%s", (_, given, values, warnings) => {
    const read = readVariables(environmentOf(Object.entries(given)), TABLE);
    expect(read.values).toEqual(values);
    expect(read.notices).toHaveLength(warnings);
  });
  test("the first of two equal names counts", () => {
    expect(
      environmentOf([
        ["A", "1"],
        ["A", "2"],
      ]).lookup("A"),
    ).toBe("1");
  });
});
