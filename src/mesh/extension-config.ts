import { typeNameOf, unpack } from "./any.ts";
import type { Pieces } from "./pieces.ts";
import { type Decoded, protoText, type Table } from "./protobuf.ts";
import { decode } from "./protobuf-reader.ts";
import { ANY, decodeStruct, type Json } from "./well-known.ts";

/** envoy.config.core.v3.TypedExtensionConfig. */
const EXTENSION = {
  name: { number: 1, kind: "string" },
  typedConfig: { number: 2, kind: "embedded" },
} as const satisfies Table;

/** envoy.config.core.v3.AsyncDataSource. */
const CODE = {
  local: { number: 1, kind: "embedded", oneof: "specifier" },
  remote: { number: 2, kind: "embedded", oneof: "specifier" },
} as const satisfies Table;

/** The part of envoy.extensions.wasm.v3.PluginConfig, in a filter of HTTP or of the network, that says where the module is. */
const WASM = {
  config: {
    number: 1,
    kind: "message",
    table: { vmConfig: { number: 3, kind: "message", table: { code: { number: 3, kind: "message", table: CODE } } } },
  },
} as const satisfies Table;

/** udpa.type.v1.TypedStruct. */
const TYPED_STRUCT = {
  typeUrl: { number: 1, kind: "string" },
  value: { number: 2, kind: "embedded" },
} as const satisfies Table;

/** Filters that run Wasm modules, and their names in messages. */
const FILTERS: ReadonlyMap<string, string> = new Map([
  ["envoy.extensions.filters.http.wasm.v3.Wasm", "HTTP"],
  ["envoy.extensions.filters.network.wasm.v3.Wasm", "Network"],
]);

type Source = "local" | "remote" | undefined;

/**
 * Returns why extension configurations, each a google.protobuf.Any, must not reach Envoy: they cannot be read, or need a Wasm module that
 * only an agent can load. Upstream's agent loads it and changes the configuration (contract 1.30 §13c).
 */
export function extensionProblem(resources: readonly (Pieces | undefined)[]): string | undefined {
  const problems = resources.flatMap((resource) => problemOf(resource) ?? []);
  return problems.length === 0 ? undefined : problems.join("; ");
}

function problemOf(resource: Pieces | undefined): string | undefined {
  let extension: Decoded<typeof EXTENSION>;
  try {
    extension = unpack(EXTENSION, "envoy.config.core.v3.TypedExtensionConfig", resource);
  } catch (error) {
    return `failed to unmarshal extension config resource: ${protoText(error)}`;
  }
  const { name, typedConfig } = extension;
  if (typedConfig === undefined) return `typed extension config name:${JSON.stringify(name)} does not contain any typed config`;
  try {
    const filter = wasmFilter(typedConfig);
    if (filter === undefined || filter.source === "local") return undefined;
    return filter.source === "remote"
      ? `the module of Wasm ${filter.kind} filter ${JSON.stringify(name)} has to be loaded by the agent, and attache does not load modules`
      : `no remote and local load found in Wasm ${filter.kind} filter ${JSON.stringify(name)}`;
  } catch (error) {
    return `failed to unmarshal typed config for wasm filter: ${protoText(error)}`;
  }
}

function wasmFilter(typedConfig: Pieces): { readonly kind: string; readonly source: Source } | undefined {
  const { typeUrl, value } = decode(ANY, typedConfig);
  const kind = FILTERS.get(typeNameOf(typeUrl));
  if (kind !== undefined) {
    const code = decode(WASM, value).config?.vmConfig?.code;
    return { kind, source: code?.remote !== undefined ? "remote" : code?.local !== undefined ? "local" : undefined };
  }
  if (typeNameOf(typeUrl) !== "udpa.type.v1.TypedStruct") return undefined;
  const struct = decode(TYPED_STRUCT, value);
  const inner = FILTERS.get(typeNameOf(struct.typeUrl));
  return inner === undefined ? undefined : { kind: inner, source: sourceOf(decodeStruct(struct.value ?? [])) };
}

/** The same place in the form of JSON, whose names have both spellings. */
function sourceOf(filter: Json): Source {
  const config = member(filter, "config");
  const code = member(member(config, "vmConfig") ?? member(config, "vm_config"), "code");
  const isSet = (name: string) => (member(code, name) ?? null) !== null;
  return isSet("remote") ? "remote" : isSet("local") ? "local" : undefined;
}

/** Returns a member of an object. The cast says what `in` has found: an object has members by name, and a list has none of these names. */
function member(value: Json | undefined, name: string): Json | undefined {
  return typeof value === "object" && value !== null && name in value ? (value as { readonly [name: string]: Json })[name] : undefined;
}
