import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { RELEASES } from "./api.ts";
import { readProto } from "./proto-reader.ts";
import { digestOf, schemaPaths } from "./schema-files.ts";
import { schemaChanges, schemaSource } from "./schema-source.ts";

const paths = RELEASES.flatMap(schemaPaths);

test.each(paths)("%s is as the program wrote it", (path) => {
  const text = readFileSync(join(ROOT, path), "utf8");
  const [head = "", body = ""] = text.split(/\n\n(.*)/s);
  expect(head.split("\n").at(-1)).toBe(`// ${digestOf(body)}`);
});

const COMMON = `syntax = "proto3"; package istio.mesh.v1alpha1;`;
const sourceOf = (text: string, separator: "." | "_" = ".") => {
  const source = schemaSource(readProto(`${COMMON}${text}`).types, separator);
  return { proxyConfig: source.proxyConfig.replace(/\s+/g, " "), meshConfig: source.meshConfig.replace(/\s+/g, " ") };
};

test("fields have the names of JSON, and their own where the one does not follow from the other", () => {
  const { proxyConfig } = sourceOf(`
    message MeshConfig {}
    message ProxyConfig { string a_bc = 1; bool enable_64bit = 2; int64 mesh_mTLS = 3; optional uint32 k8s_x = 4; }`);
  expect(proxyConfig).toInclude(
    '{ fields: { aBc: "string", enable64bit: "bool", enable_64bit: "bool", meshMTLS: "int64", mesh_mTLS: "int64", k8sX: { wrapper: "uint32" }, }, }',
  );
});

test("wrappers, durations, structs, lists, maps and oneofs have their form", () => {
  const { proxyConfig } = sourceOf(`
    message MeshConfig {}
    message ProxyConfig {
      google.protobuf.BoolValue a = 1; google.protobuf.Int32Value b = 2; google.protobuf.Duration c = 3; google.protobuf.Struct d = 4;
      repeated string e = 5; map<string, string> f = 6; repeated double g = 7; map<string, uint32> h = 8;
      oneof one { string i = 9; int32 j = 10; } oneof two { Deep k = 11; } oneof three { string l = 12; }
      message Deep { string m = 1; }
    }`);
  expect(proxyConfig).toInclude(
    'a: BOOL_VALUE, b: { wrapper: "int32" }, c: "duration", d: "struct", e: TEXTS, f: TEXT_MAP, g: { list: "double" }, h: { map: "uint32" }, ' +
      'i: "string", j: "int32", k: message(() => ({ fields: { m: "string", }, })), l: "string", }, oneofs: [["i", "j"], ["l"]], }',
  );
});

test("what several fields have gets a constant, of which the mesh config takes those of ProxyConfig", () => {
  const { proxyConfig, meshConfig } = sourceOf(
    `
    message TLSSettings { Mode mode = 1; enum Mode { OFF = 0; ON = 2; } }
    message Only { string a = 1; }
    message ProxyConfig { TLSSettings one = 1; TLSSettings two = 2; }
    message MeshConfig { ProxyConfig default_config = 1; TLSSettings tls = 2; Only first = 3; repeated Only others = 4; }`,
    "_",
  );
  expect(proxyConfig).toInclude(
    'export const TLS_SETTINGS = () => ({ fields: { mode: { enum: "istio.mesh.v1alpha1.TLSSettings_Mode", names: ["OFF", "ON"], numbers: [0, 2] } as const, }, }) as const satisfies MessageSchema;',
  );
  expect(proxyConfig).toInclude("{ fields: { one: message(TLS_SETTINGS), two: message(TLS_SETTINGS), }, }");
  expect(meshConfig).toInclude('import { TLS_SETTINGS } from "./proxy-config-schema.ts"; const ONLY = ');
  expect(meshConfig).toInclude("{ fields: { tls: message(TLS_SETTINGS), first: message(ONLY), others: { list: message(ONLY) }, }, }");
});

test("a type without a form is refused", () => {
  expect(() => sourceOf("message MeshConfig {} message ProxyConfig { bytes a = 1; }")).toThrow("No schema has a form for bytes (a in ");
});

test("of a release that is based on another, only what differs is written, by its path", () => {
  const api = (text: string) => readProto(`${COMMON}${text}`).types;
  const base = api(`
    message ProxyConfig { string a = 1; Deep deep = 2; repeated Deep deeps = 3; int32 gone = 4; }
    message Deep { string m = 1; Mode mode = 2; } enum Mode { OFF = 0; ON = 1; } message MeshConfig { string x = 1; }`);
  const own = api(`
    message ProxyConfig { string a = 1; Deep deep = 2; repeated Deep deeps = 3; bool added_one = 5; }
    message Deep { Mode mode = 2; } enum Mode { OFF = 0; ON = 1; AUTO = 2; } message MeshConfig { repeated string x = 1; }`);
  const text = schemaChanges(own, base, ".").replace(/\s+/g, " ");
  const mode = 'enumOf("istio.mesh.v1alpha1.Mode", "OFF", "ON", "AUTO")';
  const below = (path: string) => `"${path}.m": undefined, "${path}.mode": ${mode},`;
  expect(text).toInclude(
    `export const PROXY_CONFIG_CHANGES = { ${below("deep")} ${below("deeps")} "gone": undefined, "addedOne": "bool", }`,
  );
  expect(text).toInclude('export const MESH_CHANGES = { "x": TEXTS, }');
  expect(schemaChanges(base, base, ".").replace(/\s+/g, " ")).toInclude("PROXY_CONFIG_CHANGES = { }");
});
