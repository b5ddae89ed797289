import { describe, expect, test } from "bun:test";
import type { JsonValue } from "../../src/go/json-value.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import { localityOf, localityPath } from "../../src/node/locality.ts";
import { emitMetadata, labelsFromJson, rawMetadata, type TypedKeys, typedMetadata } from "../../src/node/metadata.ts";
import { uniqueAddresses } from "../../src/node/node.ts";
import { parseGcpMetadata } from "../../src/node/platform.ts";

const KEYS = {
  NAME: "string",
  LABELS: "map",
  VIEW: "list",
  OLD_VIEW: "cut-list",
  FLAG: "flag",
  MAYBE: "optional-flag",
  POD_PORTS: "ports",
  OLD_PORTS: "ports-if-text",
  PORT: "number",
  OBJECT: { fields: { text: "string" } },
  SANS: "texts",
} as const satisfies TypedKeys;
const NAMES = ["NAME", "LABELS", "VIEW", "OLD_VIEW", "FLAG", "MAYBE", "POD_PORTS", "OLD_PORTS", "PORT", "OBJECT", "SANS"] as const;
const typed = (members: Readonly<Record<string, unknown>>) =>
  typedMetadata(new Map(Object.entries(members)), KEYS, 255, { environment: environmentOf([]) });

describe("rawMetadata (contract 1.6 §6.1, 1.30 §6.1)", () => {
  test("ISTIO_METAJSON_* takes precedence over ISTIO_META_*, which does over base", () => {
    const environment = environmentOf([
      ["ISTIO_METAJSON_X", '{"B":"json","N":1}'],
      ["ISTIO_META_A", "env"],
      ["ISTIO_META_B", "env"],
      ["NOT_ISTIO_META_C", "no"],
    ]);
    const { raw } = rawMetadata(
      environment,
      [
        ["ISTIO_META_A", "base"],
        ["ISTIO_META_D", "base"],
        ["OTHER", "x"],
      ],
      () => true,
    );
    expect(Object.fromEntries(raw)).toEqual({ A: "env", D: "base", B: "json", N: 1 });
  });
  test.each(["[1]", "not json", '"text"', "1"])("%s is not an object: it is ignored with a warning", (text) => {
    const { raw, notices } = rawMetadata(environmentOf([["ISTIO_METAJSON_X", text]]), [], () => true);
    expect([raw.size, notices.map(({ level }) => level)]).toEqual([0, ["warn"]]);
  });
  test("JSON null has no effect and no warning", () => {
    expect(rawMetadata(environmentOf([["ISTIO_METAJSON_X", "null"]]), [], () => true).notices).toEqual([]);
  });
});

describe("typedMetadata (contract 1.6 §6.2, 1.30 §6.3)", () => {
  test.each<[string, Record<string, unknown>, Record<string, JsonValue>]>([
    ["a key matches without regard to case", { name: "n" }, { NAME: "n" }],
    ["of two spellings the later in byte order wins", { NAME: "upper", name: "lower" }, { NAME: "lower" }],
    ["null changes nothing", { NAME: null, LABELS: null, MAYBE: null, OBJECT: null, PORT: null, SANS: null }, {}],
    ["but a list is empty", { VIEW: null }, { VIEW: "" }],
    ["1.6 takes what is between the first and the last character", { OLD_VIEW: null, old_view: [1] }, { OLD_VIEW: "1" }],
    ["1.6 does not look at ports that are no text", { OLD_PORTS: [{ containerPort: 1 }] }, { OLD_PORTS: "" }],
    ["any message is accepted", { OBJECT: { text: "x", what: 1 } }, { OBJECT: {} }],
    ["no text among texts", { SANS: ["a", null] }, { SANS: ["a", null] }],
    ["maps of two spellings are merged", { LABELS: { a: "1", b: "1" }, labels: { b: "2" } }, { LABELS: { a: "1", b: "2" } }],
    ["a comma list stays as it is", { VIEW: "a,b,,c" }, { VIEW: "a,b,,c" }],
    ["a flag is read as Go reads booleans", { FLAG: "1" }, { FLAG: "true" }],
    ["a false flag is empty", { FLAG: "F" }, { FLAG: "" }],
    [
      "ports keep name, port and protocol",
      { POD_PORTS: '[{"name":"http","containerPort":80,"protocol":"TCP","hostPort":1}]' },
      { POD_PORTS: '[{"name":"http","containerPort":80,"protocol":"TCP"}]' },
    ],
    ["a port without a name", { POD_PORTS: '[{"containerPort":80}]' }, { POD_PORTS: '[{"containerPort":80,"protocol":""}]' }],
    ["no ports", { POD_PORTS: "[\n]" }, { POD_PORTS: "" }],
  ])("%s", (_, members, expected) => {
    const found = typed(members);
    expect(
      Object.fromEntries(NAMES.flatMap((name) => [[name, found.get(name)] as const].filter(([, value]) => value !== undefined))),
    ).toEqual(expected);
  });
  test.each<[Record<string, unknown>, RegExp]>([
    [{ NAME: 1 }, /^metadata key NAME must be a string: current value is 1 \(json: cannot unmarshal number into a string\)$/],
    [{ LABELS: "x" }, /^metadata key LABELS must be a mapping of strings: current value is "x" /],
    [{ LABELS: [1] }, /^metadata key LABELS must be a mapping of strings: current value is \[1\] \(.* array into a map of strings\)$/],
    [{ POD_PORTS: "[1]" }, /^0 of metadata key POD_PORTS \(line 1, column 2\) must be .* \(json: cannot unmarshal number into a port\)$/],
    [{ LABELS: { a: 1 } }, /^a of metadata key LABELS must be a string: current value is 1 /],
    [
      { FLAG: "maybe" },
      /^metadata key FLAG must be true or false: current value is "maybe" \(strconv.ParseBool: parsing "maybe": invalid syntax\)$/,
    ],
    [{ FLAG: true }, /^metadata key FLAG must be a string, "true" or "false": current value is true \(strconv.Unquote: invalid syntax\)$/],
    [{ FLAG: null }, /^metadata key FLAG must be .* current value is null \(strconv.Unquote: invalid syntax\)$/],
    [{ POD_PORTS: null }, /^metadata key POD_PORTS must be a string that holds .* current value is null \(invalid syntax\)$/],
    [
      { POD_PORTS: [{ containerPort: 80 }] },
      /^metadata key POD_PORTS must be a string that holds a JSON list .*"containerPort":80.*\(invalid syntax\)$/,
    ],
    [{ PORT: 1e21 }, /^metadata key PORT must be a whole number of 64 bits: current value is 1e\+21 \(.* into a int\)$/],
    [{ OBJECT: { text: 1 } }, /^text of metadata key OBJECT must be a string: current value is 1 \(json: /],
    [{ VIEW: [1] }, /^metadata key VIEW must be a string: current value is \[1\] /],
    [
      { POD_PORTS: "x" },
      /^metadata key POD_PORTS must be a JSON list of ports: current value is `x` \(line 1, column 1: expected value, found `x`/,
    ],
    [{ POD_PORTS: '{"a":1}' }, /^metadata key POD_PORTS must be a JSON list of ports: current value is \{"a":1\} /],
    [{ PORT: "15021" }, /^metadata key PORT must be a whole number: current value is "15021" /],
    [{ OBJECT: "x" }, /^metadata key OBJECT must be a mapping of fields to values: current value is "x" /],
    [{ SANS: [1] }, /^metadata key SANS must be a list of strings: current value is \[1\] /],
    [{ OLD_VIEW: { a: 1 } }, /^metadata key OLD_VIEW must be a string: current value is \{"a":1\} /],
  ])("%p is fatal", (members, problem) => {
    expect(() => typed(members)).toThrow(expect.objectContaining({ problems: [expect.stringMatching(problem)], status: 255 }));
  });
});

test("an invalid value in the ProxyConfig is reported with its position", () => {
  const text = "defaultConfig:\n  proxyMetadata:\n    A: b\n    ISTIO_META_FLAG: maybe\n";
  const refused = (prefix?: readonly string[]) => () =>
    typedMetadata(new Map([["FLAG", "maybe"]]), KEYS, 255, {
      environment: environmentOf([]),
      proxyMetadata: { origin: "the mesh config", text, ...(prefix === undefined ? {} : { prefix }) },
    });
  expect(refused(["defaultConfig"])).toThrow("proxyMetadata.ISTIO_META_FLAG in the mesh config (line 4, column 22) must be true or false");
  expect(refused()).toThrow("proxyMetadata.ISTIO_META_FLAG in the mesh config must be true or false");
});

describe("emitMetadata", () => {
  test("an empty typed value keeps the raw one, any other replaces it; keys in byte order", () => {
    const raw = new Map<string, unknown>([
      ["MESH_ID", ""],
      ["a", "raw"],
      ["FLAG", "false"],
      ["Z", [1]],
      ["__proto__", "p"],
    ]);
    const typed = new Map<string, JsonValue>([
      ["MESH_ID", ""],
      ["a", "typed"],
      ["FLAG", ""],
    ]);
    const emitted = emitMetadata({ raw, typed });
    expect(Object.entries(emitted)).toEqual([
      ["FLAG", "false"],
      ["MESH_ID", ""],
      ["Z", [1]],
      ["__proto__", "p"],
      ["a", "typed"],
    ]);
  });
});

test("labels that are not strings become empty, with a warning each", () => {
  const { labels, notices } = labelsFromJson("X", '{"a":"1","n":2,"z":null}');
  expect([{ ...labels }, notices.length]).toEqual([{ a: "1", n: "", z: "" }, 1]);
});

test.each([
  ["region.zone.sub", "region/zone/sub"],
  ["region.a/zone.b", "region.a/zone.b"],
  ["", ""],
])("locality label %s is %s", (label, expected) => {
  expect(localityPath(label)).toBe(expected);
});

test("a locality has only its known parts", () => {
  expect([localityOf(), localityOf("r"), localityOf("r", "", "s")]).toEqual([{}, { region: "r" }, { region: "r", sub_zone: "s" }]);
});

test.each([
  ["p|1|c|l", { project: "p", number: "1", cluster: "c", location: "l" }],
  ["p|1|c", undefined],
  ["p|1|c|l|x", undefined],
  ["", undefined],
])("GCP_METADATA %p", (text, expected) => {
  expect(parseGcpMetadata(text)).toEqual(expected);
});

test("addresses without duplicates keep their order", () => {
  expect(uniqueAddresses({ addresses: ["b", "a", "b"] })).toEqual(["b", "a"]);
});
