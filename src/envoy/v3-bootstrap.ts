import { isObject } from "../go/json.ts";
import type { JsonObject, JsonValue } from "../go/json-value.ts";

/** A bootstrap for API v3, and a description of each change. */
export interface V3Bootstrap {
  readonly document: JsonObject;
  readonly changes: readonly string[];
}

const TYPE = "type.googleapis.com/";
const TLS = "envoy.extensions.transport_sockets.tls.v3.";

/** New packages of the v2 messages that the stock documents use: measured on Envoy 1.40 (contract envoy §2). */
const PACKAGES: readonly (readonly [old: string, now: string])[] = [
  ["envoy.config.filter.network.http_connection_manager.v2.", "envoy.extensions.filters.network.http_connection_manager.v3."],
  ["envoy.config.filter.http.router.v2.", "envoy.extensions.filters.http.router.v3."],
  ["envoy.config.trace.v2.", "envoy.config.trace.v3."],
  ["envoy.api.v2.auth.", TLS],
];

/** Types of statistics sinks that v2 identified by name only. */
const SINKS: Readonly<Record<string, JsonObject>> = {
  "envoy.statsd": { "@type": `${TYPE}envoy.config.metrics.v3.StatsdSink` },
  "envoy.metrics_service": { "@type": `${TYPE}envoy.config.metrics.v3.MetricsServiceConfig`, transport_api_version: "V3" },
};

interface Rule {
  /** Keys from the top of the document; `*` matches every element of a list. */
  readonly path: readonly string[];
  readonly description: string;
  /** Returns the changed object; undefined if there is nothing to change. */
  readonly change: (object: JsonObject) => JsonObject | undefined;
}

const CLUSTER = ["static_resources", "clusters", "*"];

/** Removed fields of v2; a rule may apply to the result of an earlier one. */
const RULES: readonly Rule[] = [
  {
    path: CLUSTER,
    description: "tls_context of a cluster became a transport_socket",
    change({ tls_context: context, ...rest }) {
      if (!isObject(context)) return undefined;
      const socket = { name: "envoy.transport_sockets.tls", typed_config: { "@type": `${TYPE}${TLS}UpstreamTlsContext`, ...context } };
      return { ...rest, transport_socket: socket };
    },
  },
  {
    path: [...CLUSTER, "transport_socket", "typed_config", "common_tls_context", "validation_context"],
    description: "verify_subject_alt_name became match_subject_alt_names",
    change({ verify_subject_alt_name: names, ...rest }) {
      if (!Array.isArray(names)) return undefined;
      return { ...rest, match_subject_alt_names: names.map((exact: JsonValue) => ({ exact })) };
    },
  },
  {
    path: ["stats_sinks", "*"],
    description: "config of a statistics sink became typed_config",
    change({ config, ...rest }) {
      const type = SINKS[String(rest["name"])];
      return type === undefined || !isObject(config) ? undefined : { ...rest, typed_config: { ...type, ...config } };
    },
  },
  ...["inclusion_list", "exclusion_list"].map((list) => ({
    path: ["stats_config", "stats_matcher", list, "patterns", "*"],
    description: "regex of a statistics pattern became safe_regex (RE2 syntax)",
    // Releases before 1.24 require the engine's name; later ones ignore it.
    change: ({ regex, ...rest }: JsonObject) =>
      typeof regex === "string" ? { ...rest, safe_regex: { google_re2: {}, regex } } : undefined,
  })),
];

/**
 * Converts a bootstrap for API v2 to v3: type URLs and the few removed fields. The node is not converted: its metadata belongs to the
 * control plane. Returns the same object if nothing changes.
 */
export function toV3(document: JsonObject): V3Bootstrap {
  const changes = new Map<string, number>();
  const record = (text: string) => changes.set(text, (changes.get(text) ?? 0) + 1);
  const { node, ...rest } = document;
  const typed = withTypeUrls(rest, record);
  const changed = RULES.reduce<JsonValue>((value, rule) => applyAt(value, rule.path, rule, record), typed);
  const changesText = [...changes].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
  // The rules turn an object only into an object.
  return changesText.length === 0 ? { document, changes: [] } : { document: withNode(changed as JsonObject, node), changes: changesText };
}

function withNode(document: JsonObject, node: JsonValue | undefined): JsonObject {
  return node === undefined ? document : { node, ...document };
}

function withTypeUrls(value: JsonValue, note: (text: string) => void): JsonValue {
  if (Array.isArray(value)) return value.map((each: JsonValue) => withTypeUrls(each, note));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [
      key,
      key === "@type" && typeof each === "string" ? typeUrl(each, note) : withTypeUrls(each, note),
    ]),
  );
}

function typeUrl(url: string, note: (text: string) => void): string {
  const found = PACKAGES.find(([old]) => url.startsWith(TYPE + old));
  if (found === undefined) return url;
  const [old, now] = found;
  note(`type URLs of ${old} became those of ${now}`);
  return TYPE + now + url.slice(TYPE.length + old.length);
}

/** Applies a rule to the values at its path. */
function applyAt(value: JsonValue | undefined, path: readonly string[], rule: Rule, note: (text: string) => void): JsonValue {
  const [key, ...further] = path;
  if (key === "*" && Array.isArray(value)) return value.map((each: JsonValue) => applyAt(each, further, rule, note));
  if (!isObject(value)) return value ?? null;
  if (key === undefined) {
    const changed = rule.change(value);
    if (changed !== undefined) note(rule.description);
    return changed ?? value;
  }
  return Object.hasOwn(value, key) ? { ...value, [key]: applyAt(value[key], further, rule, note) } : value;
}
