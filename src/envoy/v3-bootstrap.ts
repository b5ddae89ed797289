import type { JsonObject, JsonValue } from "../go/json-value.ts";

/** A bootstrap in words of API v3, and what was changed for it, in words. */
export interface V3Bootstrap {
  readonly document: JsonObject;
  readonly changes: readonly string[];
}

const TYPE = "type.googleapis.com/";
const TLS = "envoy.extensions.transport_sockets.tls.v3.";

/** Where the messages of v2 went that the stock documents use: measured on Envoy 1.40 (contract envoy §2). */
const PACKAGES: readonly (readonly [old: string, now: string])[] = [
  ["envoy.config.filter.network.http_connection_manager.v2.", "envoy.extensions.filters.network.http_connection_manager.v3."],
  ["envoy.config.filter.http.router.v2.", "envoy.extensions.filters.http.router.v3."],
  ["envoy.config.trace.v2.", "envoy.config.trace.v3."],
  ["envoy.api.v2.auth.", TLS],
];

/** What a sink of statistics was in v2 by its name alone. */
const SINKS: Readonly<Record<string, JsonObject>> = {
  "envoy.statsd": { "@type": `${TYPE}envoy.config.metrics.v3.StatsdSink` },
  "envoy.metrics_service": { "@type": `${TYPE}envoy.config.metrics.v3.MetricsServiceConfig`, transport_api_version: "V3" },
};

interface Rule {
  /** Keys from the top of the document; `*` is every element of a list. */
  readonly path: readonly string[];
  readonly says: string;
  /** The changed object; undefined where there is nothing to change. */
  readonly change: (object: JsonObject) => JsonObject | undefined;
}

const CLUSTER = ["static_resources", "clusters", "*"];

/** Fields of v2 that are no more, in an order in which each finds what the one before has made. */
const RULES: readonly Rule[] = [
  {
    path: CLUSTER,
    says: "tls_context of a cluster became a transport_socket",
    change({ tls_context: context, ...rest }) {
      if (!isObject(context)) return undefined;
      const socket = { name: "envoy.transport_sockets.tls", typed_config: { "@type": `${TYPE}${TLS}UpstreamTlsContext`, ...context } };
      return { ...rest, transport_socket: socket };
    },
  },
  {
    path: [...CLUSTER, "transport_socket", "typed_config", "common_tls_context", "validation_context"],
    says: "verify_subject_alt_name became match_subject_alt_names",
    change({ verify_subject_alt_name: names, ...rest }) {
      if (!Array.isArray(names)) return undefined;
      return { ...rest, match_subject_alt_names: names.map((exact: JsonValue) => ({ exact })) };
    },
  },
  {
    path: ["stats_sinks", "*"],
    says: "config of a statistics sink became typed_config",
    change({ config, ...rest }) {
      const type = SINKS[String(rest["name"])];
      return type === undefined || !isObject(config) ? undefined : { ...rest, typed_config: { ...type, ...config } };
    },
  },
  ...["inclusion_list", "exclusion_list"].map((list) => ({
    path: ["stats_config", "stats_matcher", list, "patterns", "*"],
    says: "regex of a statistics pattern became safe_regex (RE2 syntax)",
    // Releases before 1.24 require the engine to be named; later ones ignore it.
    change: ({ regex, ...rest }: JsonObject) =>
      typeof regex === "string" ? { ...rest, safe_regex: { google_re2: {}, regex } } : undefined,
  })),
];

/**
 * A bootstrap written for API v2 as an Envoy without v2 reads it: type URLs and the few fields that are gone. The node
 * is not looked at: its metadata belongs to the control plane, whatever it looks like. The same object when nothing changes.
 */
export function toV3(document: JsonObject): V3Bootstrap {
  const changes = new Map<string, number>();
  const note = (text: string) => changes.set(text, (changes.get(text) ?? 0) + 1);
  const { node, ...rest } = document;
  const typed = withTypeUrls(rest, note);
  const changed = RULES.reduce<JsonValue>((value, rule) => at(value, rule.path, rule, note), typed);
  const said = [...changes].map(([text, count]) => (count === 1 ? text : `${text} (${count} times)`));
  // Only objects become of an object.
  return said.length === 0 ? { document, changes: [] } : { document: withNode(changed as JsonObject, node), changes: said };
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

/** The value with a rule applied where its path leads. */
function at(value: JsonValue | undefined, path: readonly string[], rule: Rule, note: (text: string) => void): JsonValue {
  const [key, ...further] = path;
  if (key === "*" && Array.isArray(value)) return value.map((each: JsonValue) => at(each, further, rule, note));
  if (!isObject(value)) return value ?? null;
  if (key === undefined) {
    const changed = rule.change(value);
    if (changed !== undefined) note(rule.says);
    return changed ?? value;
  }
  return Object.hasOwn(value, key) ? { ...value, [key]: at(value[key], further, rule, note) } : value;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
