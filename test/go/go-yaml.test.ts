import { describe, expect, spyOn, test } from "bun:test";
import fc from "fast-check";
import { failurePosition, keyPositionOf, parseYaml, positionOf } from "../../src/go/go-yaml.ts";
import { sortedJson } from "../../src/go/json.ts";
import * as syntax from "../../src/go/yaml-parse.ts";

/** The value as JSON, or the error; every expected text here is what sigs.k8s.io/yaml 1.6 gives. */
function read(text: string): string {
  const parsed = parseYaml(text);
  return parsed.ok ? sortedJson(parsed.value) : parsed.error;
}

describe("plain scalars", () => {
  test.each([
    ["null", "~ null Null NULL"],
    ["true", "y Y yes Yes YES true True TRUE on On ON"],
    ["false", "n N no No NO false False FALSE off Off OFF"],
  ])("%s is each of %s", (value, texts) => {
    for (const text of texts.split(" ")) expect({ text, value: read(text) }).toEqual({ text, value });
  });

  test.each([
    ["12", "12"],
    ["+12", "12"],
    ["-0", "0"],
    ["-0.0", "-0"],
    ["0x1F", "31"],
    ["0o17", "15"],
    ["010", "8"],
    ["089", "89"],
    ["0b101", "5"],
    ["1_000", "1000"],
    ["15.0", "15"],
    ["1.", "1"],
    [".5", "0.5"],
    ["-.5", "-0.5"],
    ["1e3", "1000"],
    ["1e400", '"1e400"'],
    ["1:30", '"1:30"'],
    ["2001-01-01", '"2001-01-01"'],
    ["tRUE", '"tRUE"'],
    ["0x", '"0x"'],
    ["'12'", '"12"'],
    ['"yes"', '"yes"'],
    [".inf", "json: unsupported value: +Inf"],
    ["-.Inf", "json: unsupported value: -Inf"],
    [".nan", "json: unsupported value: NaN"],
    ["a: .inf\na: 1", '{"a":1}'],
  ])("%p is %s", (text, value) => {
    expect(read(text)).toBe(value);
  });
});

test.each([
  ["!!str 12", '"12"'],
  ['!!int "12"', "12"],
  ["!!int foo", "yaml: cannot decode !!str `foo` as a !!int"],
  ["!!int 1.5", "yaml: cannot decode !!float `1.5` as a !!int"],
  ["!!float 3", "3"],
  ['!!bool "yes"', "true"],
  ["!!null ''", "null"],
  ["!!null foo", "yaml: cannot decode !!str `foo` as a !!null"],
  ["!!binary aGk=", '"hi"'],
  ["!!binary /w==", '"\ufffd"'],
  ["!!binary a", "yaml: !!binary value contains invalid base64 data"],
  ["!!timestamp 2000-02-29", '"2000-02-29"'],
  ["!!timestamp 2001-02-29", "yaml: cannot decode !!str `2001-02-29` as a !!timestamp"],
  ["!foo 12", '"12"'],
  ["! 12", '"12"'],
  ["!!str [a]", '["a"]'],
])("the tag in %p gives %s", (text, value) => {
  expect(read(text)).toBe(value);
});

test.each([
  ["1: a", '{"1":"a"}'],
  ["0x10: a", '{"16":"a"}'],
  ["yes: a", '{"true":"a"}'],
  ["1.5: a", '{"1.5":"a"}'],
  ["1e6: a", '{"1e+06":"a"}'],
  ["0.1: a", '{"0.1":"a"}'],
  [".inf: a", '{".inf":"a"}'],
  ["__proto__: {a: 1}", '{"__proto__":{"a":1}}'],
  ["~: x", 'unsupported map key of type: %!s(<nil>), key: <nil>, value: "x"'],
  ["18446744073709551615: x", 'unsupported map key of type: uint64, key: 0xffffffffffffffff, value: "x"'],
  ["? [1]\n: 2", "yaml: invalid map key: []interface {}{1}"],
  ["? {a: b}\n: 2", 'yaml: invalid map key: map[interface {}]interface {}{"a":"b"}'],
  ["a: 1\na: 2", '{"a":2}'],
])("the key in %p gives %s", (text, value) => {
  expect(read(text)).toBe(value);
});

test.each([
  ["", "null"],
  ["# only a comment\n", "null"],
  ["---\n", "null"],
  ["a: 1\n---\n[", '{"a":1}'],
  ["a: 1\n...\n}", '{"a":1}'],
  ['{"a":1} trailing', '{"a":1}'],
  ["\ufeffa: 1", '{"a":1}'],
  ["a: |\n  x\n  y\n", '{"a":"x\\ny\\n"}'],
  ["a: |\n  x", '{"a":"x"}'],
  ["a: >-\n  x\n  y", '{"a":"x y"}'],
  ["a:\n- 1\n-\n- b: c", '{"a":[1,null,{"b":"c"}]}'],
  ['{\n\t"a": [\n\t\t1\n\t]\n}', '{"a":[1]}'],
])("the document %p is %s", (text, value) => {
  expect(read(text)).toBe(value);
});

test.each([
  ["a: &x 1\nb: *x\nc: &x 2\nd: *x", '{"a":1,"b":1,"c":2,"d":2}'],
  ["w: &a {b: 1}\nx:\n  <<: *a\n  c: 2", '{"w":{"b":1},"x":{"b":1,"c":2}}'],
  ["<<: {a: 1}\na: 2", '{"a":2}'],
  ["a: 1\n<<: {a: 2}", '{"a":2}'],
  ["<<: [{a: 1}, {a: 2, b: 3}]", '{"a":1,"b":3}'],
  ['"<<": 1', '{"<<":1}'],
  ["<<: 1", "yaml: map merge requires map or sequence of maps as the value"],
  ["a: *x", "yaml: unknown anchor 'x' referenced"],
  ["a: &x [*x]", "yaml: anchor 'x' value contains itself"],
  ["a: &x {<<: *x}", "yaml: anchor 'x' value contains itself"],
])("the anchors in %p give %s", (text, value) => {
  expect(read(text)).toBe(value);
});

test("an alias bomb is rejected", () => {
  const levels = ["a: &a [x,x,x,x,x,x,x,x,x]"];
  for (const [from, to] of ["ab", "bc", "cd", "de", "ef", "fg"]) {
    levels.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(",")}]`);
  }
  expect(read(levels.join("\n"))).toBe("yaml: document contains excessive aliasing");
});

test.each(["[".repeat(10_001) + "]".repeat(10_001), "- ".repeat(10_001)])("nesting beyond the limit is rejected", (text) => {
  expect(read(text)).toBe("yaml: exceeded max depth of 10000");
});

test.each([
  ["a: b: c", /^yaml: line 1: column 5: mapping values are not allowed in this context$/],
  ["a:\n\tb: 1", /^yaml: line 2: column 1: found character that cannot start any token$/],
  ["a: [1", /^yaml: line 1: column 6: did not find expected ',' or ']'$/],
  ["a: 'x", /^yaml: line 1: column 6: found unexpected end of stream$/],
  ["{", /^yaml: line 1: column 2: did not find expected node content$/],
  ['"a" @', /^yaml: line 1: column 5: found character that cannot start any token$/],
  ["a: x\u2028b: [", /^yaml: line 2: column 5: did not find expected node content$/],
  ["a: \x01", /^yaml: control characters are not allowed$/],
  ['a: "\\ud83d\\ude00"', /^yaml: line 1: column 7: found invalid Unicode character escape code$/],
  ['a: "\\/"', /^yaml: line 1: column 5: found unknown escape character$/],
])("%p is rejected with a message of one line", (text, error) => {
  const message = read(text);
  expect(message).toMatch(error);
  expect(message).not.toMatch(/\n| at line /);
});

test.each([
  ["a:\n  b: [1,\n   {c: 2}]\n", ["a", "b", "1", "c"], { line: 3, column: 8 }],
  ['{"x": 1}', [], { line: 1, column: 1 }],
  ["1: a", ["1"], { line: 1, column: 4 }],
  ["a: 1\na: 2", ["a"], { line: 2, column: 4 }],
  ["a: &x\n  b: 1\nc: *x", ["c", "b"], { line: 2, column: 6 }],
  ["a: &x\n  b: 1\nc:\n  <<: *x", ["c", "b"], { line: 2, column: 6 }],
  ["a: &x {<<: *x}", ["a", "b"], undefined],
  ["a: &x *x", ["a"], undefined],
  ["a: [1]", ["a", "1"], undefined],
  ["a: [1]", ["a", "0", "b"], undefined],
  ["a: [", ["a"], undefined],
])("in %p the value at %p is at %p", (text, path, position) => {
  expect(positionOf(text, path)).toEqual(position);
});

describe("properties", () => {
  const scraps = fc.constantFrom(
    ..."a b : - ? , [ ] { } ' \" | > & * ! # % @ \\ ~ 1 . _ yes <<: &x *x !!int --- ...".split(" "),
    " ",
    ": ",
    "- ",
    "\n",
    "\n  ",
    "\t",
  );

  test("no text makes the parser throw", () => {
    const soup = fc.array(scraps, { maxLength: 30 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), soup), (text) => {
        expect(() => [parseYaml(text), positionOf(text, ["a", "0"])]).not.toThrow();
      }),
      { numRuns: 300 },
    );
  });

  test("JSON means in YAML what it means in JSON", () => {
    const unit = fc.constantFrom(..."aé😀 :#-{}[],'\"&*".split(""), "\\", "\n", "\t");
    const value = fc.jsonValue({ stringUnit: fc.constantFrom("a", "é", "😀", ":", "#", "-", "{", "'", '"', "\\", "\n") });
    fc.assert(
      fc.property(value, fc.string({ unit }), (json, text) => {
        const whole = [json, text.toWellFormed()];
        expect(read(JSON.stringify(whole))).toBe(sortedJson(JSON.parse(JSON.stringify(whole))));
      }),
      { numRuns: 200 },
    );
  });
});

test.each([
  ["a:\n  b: 1", ["a", "b"], { line: 2, column: 3 }],
  ["x: &x {b: 1}\na:\n  <<: *x", ["a", "b"], undefined],
  ["- {a: 1}", ["0", "a"], { line: 1, column: 4 }],
  ["a: 1\na: 2", ["a"], { line: 2, column: 1 }],
  ["a: 1", ["z"], undefined],
])("the key of %j at %p is at %p", (text, path, position) => {
  expect(keyPositionOf(text, path)).toEqual(position);
});

test.each([
  ["a: {{ b }}", { line: 1, column: 5 }],
  ["a: 1\nb: *x", { line: 2, column: 4 }],
  ["a: &x [*x]", { line: 1, column: 8 }],
  ["a: 1\n~: 2", { line: 2, column: 1 }],
  ["a:\n- b: .nan", { line: 2, column: 6 }],
  ["a: !!int x", { line: 1, column: 10 }],
  ["<<: 1", { line: 1, column: 5 }],
  ["a: 1", undefined],
])("%j is rejected for its text at %p", (text, position) => {
  expect(failurePosition(text)).toEqual(position);
});

test("several positions in a text are looked up with one parse", () => {
  const read = spyOn(syntax, "parseSyntax");
  try {
    const keys = Array.from({ length: 3000 }, (_, at) => `key${at}`);
    const text = keys.map((key) => `${key}:\r\n  - ${key}\n`).join("");
    for (const [at, key] of keys.entries()) {
      expect(keyPositionOf(text, [key])).toEqual({ line: 2 * at + 1, column: 1 });
      expect(positionOf(text, [key, "0"])).toEqual({ line: 2 * at + 2, column: 5 });
    }
    expect(positionOf("a: 1", ["a"])).toEqual({ line: 1, column: 4 });
    expect(read).toHaveBeenCalledTimes(2);
  } finally {
    read.mockRestore();
  }
});
