import { describe, expect, test } from "bun:test";
import { parseYaml } from "../../src/go/go-yaml.ts";
import { yamlText } from "../../src/go/yaml-text.ts";

const back = (text: string): unknown => {
  const parsed = parseYaml(text);
  if (!parsed.ok) throw new Error(`${parsed.error}\n${text}`);
  return parsed.value;
};

test("what it looks like", () => {
  const value = {
    node: { id: "sidecar~10.0.0.1~a.b~b.svc", cluster: "on", empty: {}, list: [] },
    clusters: [{ name: "xds-grpc", endpoints: [[1, "2"], []] }, "plain text", null, true],
    "a: b": "first\n  second\n",
    script: "a\nb",
    8080: "-x",
  };
  expect(yamlText(value)).toBe(`"8080": "-x"
node:
  id: sidecar~10.0.0.1~a.b~b.svc
  cluster: "on"
  empty: {}
  list: []
clusters:
- name: xds-grpc
  endpoints:
  - - 1
    - "2"
  - []
- plain text
- null
- true
"a: b": |
  first
    second
script: |-
  a
  b
`);
});

const HOSTILE = [
  "", " ", "yes", "No", "on", "y", "~", "null", "Null", "true", "0x1", "0b1", "0o7", "017", "1e3", "1.5", ".5", ".inf", "-.inf", ".nan", "+1", "1_000",
  "12:30:45", "2001-01-01", "2001-01-01T00:00:00Z", "-", "- a", "-a", "--- a", "---", "...", "#", "# a", "a #b", "a#b", "a: b", "a:b", "a:", ":a", "?", "? a",
  "[a]", "{a}", "{}", "[]", "*a", "&a", "!a", "!!str", "|", ">", "%a", "@a", "`a`", "'", "''", '"', '"a"', "\\", "\\n", "<<", "=", ",", "a,b",
  "a\nb", "a\n", "\na", "a\n\n", "\n", "a\n\nb\n", " a\nb", "a \nb ", "a\n  b\n c", "a\n\tb", "\ta", "a\t", "a\rb", "a\r\nb", "a\n# b\n", "a\n---\nb", "a\n...\n",
  "\0", "\x07", "\x1b[31m", "\x7f", "\u0085", "\u00a0", "\u00ad", "\u200b", "\u200e", "\u2028", "\u2029", "a\u2028b\nc", "\u202e", "\ufeff", "\ufffe", "\uffff", "é", "日本", "😀", "a😀\nb",
  "x".repeat(5_000), `${"long ".repeat(2_000)}\nline`, "trailing ", " leading", "a  b", "{{ .X }}", "$(X)", "a/b", "/a", "a@b", "undefined", "__proto__", "constructor",
]; // biome-ignore format: a list of texts

describe("reads back", () => {
  test.each(HOSTILE.map((text) => [JSON.stringify(text).slice(0, 60), text]))("%s as value, item, key and root", (_, text) => {
    const document = JSON.parse(
      `{"a": {"value": ${JSON.stringify(text)}, "items": [${JSON.stringify(text)}, [${JSON.stringify(text)}]], ${JSON.stringify(`k${text}`)}: 1, "m": {${JSON.stringify(text)}: [{}]}}}`,
    );
    expect(JSON.stringify(back(yamlText(document)))).toBe(JSON.stringify(document));
    expect(back(yamlText(text))).toBe(text);
    expect(JSON.stringify(back(yamlText([text])))).toBe(JSON.stringify([text]));
  });

  test.each(["0", "-0", "1", "-1", "1.5", "1e21", "-1e-7", "1.7976931348623157e308", "5e-324", "9007199254740991", "4294967295", "0.1"])(
    "number %s",
    (text) => {
      expect(Object.entries(Object(back(yamlText({ a: JSON.parse(text) }))))).toEqual([["a", JSON.parse(text)]]);
    },
  );

  test("an integer beyond a float64", () => {
    expect(yamlText({ a: 18446744073709551615n })).toBe("a: 18446744073709551615\n");
  });

  test("half of a pair becomes the replacement character", () => {
    expect(back(yamlText({ a: "x\ud800y" }))).toEqual({ a: "x\ufffdy" });
  });
});
