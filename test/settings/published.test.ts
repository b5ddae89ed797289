import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { MESH_CONFIG as MESH_1_6 } from "../../src/profiles/istio-1.6/mesh-config.ts";
import { proxyConfigSchema } from "../../src/profiles/istio-1.6/proxy-config-schema.ts";
import { MESH_CONFIG as MESH_1_30 } from "../../src/profiles/istio-1.30/mesh-config.ts";
import { PROXY_CONFIG as PROXY_1_30 } from "../../src/profiles/istio-1.30/proxy-config-schema.ts";
import type { FieldType, MessageSchema } from "../../src/settings/schema.ts";

/** A message of a published API: the type of each field, and its oneofs; of an enum, its names with their numbers. */
interface Published {
  readonly fields: Map<string, string>;
  readonly oneofs: string[];
}

function readPublished(release: string): {
  readonly messages: ReadonlyMap<string, Published>;
  readonly enums: ReadonlyMap<string, string>;
} {
  const messages = new Map<string, Published>();
  const enums = new Map<string, string>();
  let current: Published = { fields: new Map(), oneofs: [] };
  for (const line of readFileSync(join(import.meta.dir, `published-${release}.txt`), "utf8").split("\n")) {
    const [head = "", rest = ""] = line.split(": ");
    if (line.startsWith("message ")) {
      current = { fields: new Map(), oneofs: [] };
      messages.set(head.slice("message ".length), current);
    } else if (line.startsWith("enum ")) enums.set(head.slice("enum ".length), rest);
    else if (line.startsWith("  oneof ")) current.oneofs.push(line.slice("  oneof ".length));
    else if (line.startsWith("  ")) for (const name of head.trim().split(", ")) current.fields.set(name, rest);
  }
  return { messages, enums };
}

/** Where a schema differs from the published message of a name, at any depth. */
function differencesFrom(release: string, root: string, schema: MessageSchema): readonly string[] {
  const { messages, enums } = readPublished(release);
  const found: string[] = [];
  const isSame = (place: string, what: string, ours: string, theirs: string) => {
    if (ours !== theirs) found.push(`${place}: ${what} is ${ours || "absent"}, published as ${theirs || "absent"}`);
  };
  const compareMessage = (place: string, name: string, { fields, oneofs = [] }: MessageSchema): void => {
    const published = messages.get(name);
    isSame(place, "the list of fields", Object.keys(fields).sort().join(), [...(published?.fields.keys() ?? [])].sort().join());
    // Of several members the last one declared counts, so their order matters; of a single one there is nothing to choose.
    const groups = oneofs.map((members) => members.toSorted((a, b) => Object.keys(fields).indexOf(a) - Object.keys(fields).indexOf(b)));
    const wanted = (published?.oneofs ?? []).filter((each) => each.includes(","));
    isSame(place, "a oneof", groups.map((each) => each.join(", ")).join("; "), wanted.join("; "));
    for (const [field, type] of Object.entries(fields)) compareType(`${place}.${field}`, type, published?.fields.get(field) ?? "");
  };
  const compareType = (place: string, type: FieldType, published: string): void => {
    if (typeof type === "string") isSame(place, "its type", type, published);
    else if ("wrapper" in type) isSame(place, "its type", `${type.wrapper}?`, published);
    else if ("list" in type) compareElement(place, "list of ", type.list, published);
    else if ("map" in type) compareElement(place, "map of ", type.map, published);
    else if ("message" in type) compareMessage(place, published, type.message());
    else {
      const numbered = type.names.map((each, at) => `${each}=${type.numbers?.[at] ?? at}`).join(", ");
      isSame(place, "its enum", `${lastName(type.enum)}: ${numbered}`, `${lastName(published)}: ${enums.get(published) ?? ""}`);
    }
  };
  const compareElement = (place: string, kind: string, type: FieldType, published: string) => {
    if (published.startsWith(kind)) compareType(place, type, published.slice(kind.length));
    else found.push(`${place}: it is a ${kind}something, published as ${published || "absent"}`);
  };
  compareMessage(root, root, schema);
  return found;
}

function lastName(name: string): string {
  return name.split(/[._]/).at(-1) ?? "";
}

test.each([
  ["istio-1.6", proxyConfigSchema(false)],
  ["istio-1.30", PROXY_1_30],
] as const)("the ProxyConfig of %s has the fields that its API publishes", (release, schema) => {
  expect(differencesFrom(release, "ProxyConfig", schema)).toEqual([]);
});

test.each([
  ["istio-1.6", MESH_1_6.schema, proxyConfigSchema(false)],
  ["istio-1.30", MESH_1_30.schema, PROXY_1_30],
] as const)("the mesh config of %s has the fields that its API publishes", (release, { fields }, proxyConfig) => {
  const whole = { fields: { ...fields, defaultConfig: { message: () => proxyConfig } } };
  expect(differencesFrom(release, "MeshConfig", whole)).toEqual([]);
});
