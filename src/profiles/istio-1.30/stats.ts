import { ACTIVE_CONNECTIONS, commaList, expandPodIp } from "../../bootstrap/stats.ts";
import type { Notice } from "../../common/notice.ts";
import { formatDuration, parseDuration, SECOND } from "../../go/duration.ts";
import { compareUtf8, isObject, parseGoJson } from "../../go/json.ts";
import type { JsonObject, JsonValue } from "../../go/json-value.ts";
import type { AnnotationName } from "../../settings/annotations.ts";
import type { Config } from "./contract.ts";

const DEFAULT_PREFIXES = ["cluster_manager", "listener_manager", "server", "cluster.xds-grpc", "wasm"];
const DEFAULT_SUFFIXES = ["rbac.allowed", "rbac.denied", "shadow_allowed", "shadow_denied"];
const DEFAULT_REGEXPS = ["vhost\\..*\\.route\\..*"];
const DEFAULT_FLUSH = 5_000_000_000n;

export interface Stats {
  readonly inclusionPrefixes: readonly string[];
  readonly inclusionSuffixes: readonly string[];
  readonly inclusionRegexps: readonly string[];
  readonly extraStatTags: readonly string[];
  readonly histogramBuckets: readonly JsonObject[];
  readonly flushInterval?: string;
  readonly evictionInterval?: string;
}

/** The annotations of the domain sidecar.istio.io, without the domain. */
type StatsAnnotation = WithoutDomain<AnnotationName>;
type WithoutDomain<Name> = Name extends `sidecar.istio.io/${infer Rest}` ? Rest : never;

/** What the parameters for statistics depend on. */
export interface StatsRules {
  /** Whether a stop counts connections and needs their statistics. */
  readonly countsConnections: boolean;
  /** Returns the text of the eviction interval. */
  readonly evictionInterval: (nanoseconds: bigint) => string;
}

/** Returns the parameters for statistics from the node's annotations and the ProxyConfig (contract 1.30 §7.8). */
export function statsOf(
  config: Config,
  annotations: ReadonlyMap<string, JsonValue>,
  addresses: readonly string[],
  { countsConnections, evictionInterval }: StatsRules,
): { readonly stats: Stats; readonly notices: readonly Notice[] } {
  const annotation = (name: StatsAnnotation) => String(annotations.get(`sidecar.istio.io/${name}`) ?? "");
  const { proxyStatsMatcher: matcher = {} } = config;
  const list = (name: StatsAnnotation, field: keyof typeof matcher, defaults: readonly string[]) => {
    const own = commaList(annotation(name));
    return expandPodIp([...(own.length > 0 ? own : (matcher[field] ?? [])), ...defaults], addresses);
  };
  const tags = [...(config.extraStatTags ?? []), ...commaList(annotation("extraStatTags"))].filter((tag) => tag !== "");
  const intervals = intervalsOf(annotation("statsFlushInterval"), annotation("statsEvictionInterval"), evictionInterval);
  const buckets = bucketsOf(annotation("statsHistogramBuckets"));
  return {
    stats: {
      inclusionPrefixes: list("statsInclusionPrefixes", "inclusionPrefixes", DEFAULT_PREFIXES),
      inclusionSuffixes: list("statsInclusionSuffixes", "inclusionSuffixes", [
        ...DEFAULT_SUFFIXES,
        ...(countsConnections ? [ACTIVE_CONNECTIONS] : []),
      ]),
      inclusionRegexps: list("statsInclusionRegexps", "inclusionRegexps", DEFAULT_REGEXPS),
      extraStatTags: [...new Set(tags)],
      histogramBuckets: buckets.value,
      ...intervals.value,
    },
    notices: [...intervals.notices, ...buckets.notices],
  };
}

/** Returns an interval in whole seconds. */
export function wholeSeconds(nanoseconds: bigint): string {
  return `${nanoseconds / SECOND}s`;
}

/** Returns intervals in the form of the bootstrap: the flush interval as Go prints it, the eviction interval by the rule of the release. */
function intervalsOf(
  flushText: string,
  evictionText: string,
  shown: StatsRules["evictionInterval"],
): { readonly value: Pick<Stats, "flushInterval" | "evictionInterval">; readonly notices: readonly Notice[] } {
  const notices: Notice[] = [];
  const read = (name: string, text: string) => {
    const parsed = text === "" ? undefined : parseDuration(text);
    if (parsed?.ok === false)
      notices.push({
        level: "warn",
        text: `Ignoring annotation sidecar.istio.io/${name}: it must be a duration such as 30s: current value is "${text}" (${parsed.error})`,
      });
    return parsed?.ok ? parsed.value : undefined;
  };
  const flush = read("statsFlushInterval", flushText);
  const eviction = read("statsEvictionInterval", evictionText);
  const base = flush === undefined || flush === 0n ? DEFAULT_FLUSH : flush;
  const fits = eviction !== undefined && eviction % base === 0n;
  if (eviction !== undefined && !fits)
    notices.push({
      level: "warn",
      text: `Ignoring annotation sidecar.istio.io/statsEvictionInterval: ${formatDuration(eviction)} is not a multiple of the flush interval ${formatDuration(base)}`,
    });
  return {
    value: {
      ...(flush ? { flushInterval: formatDuration(flush) } : {}),
      ...(fits ? { evictionInterval: shown(eviction) } : {}),
    },
    notices,
  };
}

/** Parses buckets by prefix: a list of numbers, or null for the prefix alone. A `null` in a list is zero, as in a Go slice. */
function bucketsOf(text: string): { readonly value: readonly JsonObject[]; readonly notices: readonly Notice[] } {
  if (text === "") return { value: [], notices: [] };
  const parsed = parseGoJson(text);
  if (parsed.ok && parsed.value === null) return { value: [], notices: [] };
  const entries = parsed.ok && isObject(parsed.value) ? Object.entries(parsed.value) : undefined;
  const isNumbers = (value: unknown): value is readonly (number | null)[] =>
    Array.isArray(value) && value.every((each) => typeof each === "number" || each === null);
  if (entries === undefined || !entries.every(([, value]) => value === null || isNumbers(value)))
    return {
      value: [],
      notices: [
        {
          level: "warn",
          text: `Ignoring annotation sidecar.istio.io/statsHistogramBuckets: it must be a JSON object from prefix to numbers: ${parsed.ok ? `current value is ${text}` : parsed.error}`,
        },
      ],
    };
  const sorted = entries.sort(([a], [b]) => compareUtf8(a, b));
  return {
    value: sorted.map(([prefix, numbers]) => ({
      match: { prefix },
      buckets: isNumbers(numbers) ? numbers.map((each) => each ?? 0) : null,
    })),
    notices: [],
  };
}
