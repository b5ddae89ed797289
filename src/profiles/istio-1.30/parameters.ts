import { fieldOf, socketAddress, splitAddress } from "../../bootstrap/address.ts";
import type { Notice } from "../../common/notice.ts";
import { isObject, parseGoJson } from "../../go/json.ts";
import type { JsonObject, JsonValue } from "../../go/json-value.ts";
import { atoi } from "../../go/number.ts";
import { uniqueAddresses } from "../../node/node.ts";
import { emptyRecord } from "../../settings/schema.ts";
import type { Parameterized } from "../profile.ts";
import { refuseBootstrap } from "../refuse-bootstrap.ts";
import { type Family, familyOf } from "./addresses.ts";
import type { Config, Node, Problem, Start, Variables } from "./contract.ts";
import type { Direct } from "./direct.ts";
import { countsConnections } from "./lifecycle.ts";
import { type Services, servicesOf } from "./services.ts";
import { type Stats, statsOf } from "./stats.ts";
import { FILES_ONLY_KEY, FILES_SOCKET, workloadSocket } from "./trust.ts";

/** The parameters of the stock template of release 1.30, as data (contract 1.30 §7.0). */
export interface Parameters extends Family, Services, AddedParameters {
  readonly nodeId: string;
  readonly cluster: string;
  readonly locality: object;
  readonly metadata: JsonObject;
  readonly logAsJson: boolean;
  readonly runtimeFlags: JsonObject;
  readonly metadataDiscovery: boolean;
  readonly xdsType: "GRPC" | "DELTA_GRPC";
  /** The directory of resource files; absent: resources come from the agent. */
  readonly xdsDirectory?: string;
  /** Envoy's own connection to the control plane; absent: Envoy connects to the agent. */
  readonly direct?: Direct;
  readonly stats: Stats;
  readonly adminPort: number;
  readonly agentPort: number;
  readonly statusPort: number;
  readonly prometheusPort: number;
  readonly proxyProtocol: boolean;
  readonly metricsLocalhostOnly: boolean;
  readonly compressors: readonly Compressor[];
  readonly workloadSocket: string;
  readonly filesSocket?: string;
  readonly xdsSocket: string;
  readonly outlierLogPath: string;
  readonly loadStatsConfig?: JsonValue;
  readonly maxConnections: number;
}

/** A way to compress Envoy's metrics. */
export interface Compressor {
  readonly algorithm: "brotli" | "zstd" | "gzip";
  /** The names of the filter and of its library. */
  readonly filter: string;
  readonly library: string;
  /** Whether only the content types of metrics are compressed. */
  readonly onlyMetrics: boolean;
}

/** Parameters that only some releases have, for sections that the others lack. */
export interface AddedParameters {
  /** The cluster that the proxy's own service is; absent: Envoy does not know it. */
  readonly localCluster?: string;
  /** Listeners with mutual TLS for metrics; absent: none. */
  readonly secureMetrics?: readonly SecureMetrics[];
}

/** A listener with mutual TLS: its port, and the cluster behind each prefix of a path. */
export interface SecureMetrics {
  readonly port: number;
  readonly statPrefix: string;
  readonly routes: readonly (readonly [prefix: string, cluster: string])[];
}

/** Returns the parameters of the stock template and the files of the bootstrap. @throws ConfigError for invalid values. */
export function parametersOf(start: Start, node: Node): Parameterized<Parameters> {
  const { settings, config } = start;
  const { variables: env, rules } = settings;
  const { flags, switches, log } = settings.invocation;
  const { stats, family, services, loadStats, annotations, notices } = sectionsOf(start, node);
  const waypoint = node.id.startsWith("waypoint~");
  const xdsType = env.ISTIO_DELTA_XDS || waypoint ? "DELTA_GRPC" : "GRPC";
  const wantsDiscovery = waypoint || node.metadata.METADATA_DISCOVERY === "true";
  const metadataOf = new Map(Object.entries(config.proxyMetadata ?? {}));
  const parameters: Parameters = {
    nodeId: node.id,
    cluster: node.cluster,
    locality: node.locality,
    metadata: node.metadata,
    logAsJson: log.json,
    runtimeFlags: runtimeFlags(rules.runtimeFlags, config, env),
    metadataDiscovery: wantsDiscovery && xdsType === "DELTA_GRPC",
    xdsType,
    ...(switches.xds.kind === "file" ? { xdsDirectory: switches.xds.directory } : {}),
    ...(switches.xds.kind === "direct" ? { direct: directOf(start) } : {}),
    stats,
    ...family,
    adminPort: config.proxyAdminPort ?? 0,
    agentPort: config.statusPort ?? 0,
    statusPort: env.ENVOY_STATUS_PORT,
    prometheusPort: env.ENVOY_PROMETHEUS_PORT,
    proxyProtocol: env.ENVOY_STATUS_PORT_ENABLE_PROXY_PROTOCOL,
    metricsLocalhostOnly: metadataOf.get("METRICS_LOCALHOST_ACCESS_ONLY") === "true",
    compressors: rules.compressors(start, annotations),
    workloadSocket: workloadSocket(env),
    ...(Object.hasOwn(node.metadata, FILES_ONLY_KEY) ? { filesSocket: FILES_SOCKET } : {}),
    xdsSocket: `${config.configPath ?? ""}/XDS`,
    ...services.parameters,
    outlierLogPath: flags.string("outlierLogPath"),
    ...(loadStats === undefined ? {} : { loadStatsConfig: loadStats }),
    maxConnections: rules.limitsConnections ? maxConnections(config, metadataOf) : UNLIMITED,
    ...rules.addedParameters(start, node),
  };
  const forced: readonly Notice[] = wantsDiscovery && xdsType === "GRPC" ? [DISCOVERY_IS_OFF] : [];
  const admin = { host: family.localhost, port: parameters.adminPort };
  return { parameters, admin, files: services.files, notices: [...notices, ...forced] };
}

const DISCOVERY_IS_OFF: Notice = {
  level: "warn",
  text: "Metadata discovery is disabled: it requires delta xDS, but ISTIO_DELTA_XDS is false",
};

/** Returns the parameters of whole sections. @throws ConfigError for invalid values, all in one message */
function sectionsOf(start: Start, node: Node) {
  const { settings, config } = start;
  const { variables: env, rules } = settings;
  const addresses = uniqueAddresses(node);
  const annotations = new Map(isObject(node.metadata.ANNOTATIONS) ? Object.entries(node.metadata.ANNOTATIONS) : []);
  const { stats, notices } = statsOf(config, annotations, addresses, {
    countsConnections: countsConnections(start),
    evictionInterval: rules.evictionInterval,
  });
  const problems: Problem[] = [];
  const others: string[] = [];
  const services = servicesOf(config, node, env, problems);
  const loadStats = loadStatsOf(node.metadata, others);
  // Upstream splits the discovery address too, for a parameter that its template does not use (contract 1.30 §7.0).
  const parse = settings.invocation.switches.xds.kind === "direct" ? socketAddress : splitAddress;
  const discovery = parse("discovery", config.discoveryAddress ?? "");
  if (!discovery.ok) problems.push({ field: fieldOf("discovery"), text: discovery.error, showsValue: true });
  refuseBootstrap(problems, [...others, ...portProblems(env)], start);
  return { stats, notices, services, loadStats, annotations, family: familyOf(addresses, env.ISTIO_DUAL_STACK) };
}

function directOf(start: Start): Direct {
  const direct: typeof import("./direct.ts") = require("./direct.ts");
  return direct.directOf(start);
}

/** Returns the problems with ports of listeners, which Envoy would refuse. */
function portProblems(env: Variables): readonly string[] {
  return (["ENVOY_STATUS_PORT", "ENVOY_PROMETHEUS_PORT"] as const)
    .filter((name) => env[name] < 0 || env[name] > 65535)
    .map((name) => `${name} must be a port from 0 to 65535: current value is ${env[name]}`);
}

function runtimeFlags(defaults: JsonObject, config: Config, env: Variables): JsonObject {
  const flags = new Map<string, JsonValue>(Object.entries(defaults));
  if (env.COMPLIANCE_POLICY === "fips-140-2") flags.set("envoy.reloadable_features.google_grpc_disable_tls_13", true);
  if (!env.HTTP_STRIP_FRAGMENT_FROM_PATH_UNSAFE_IF_DISABLED)
    flags.set("envoy.reloadable_features.http_strip_fragment_from_path_unsafe_if_disabled", "false");
  for (const [name, value] of Object.entries(config.runtimeValues ?? {})) {
    if (value === "") flags.delete(name);
    else flags.set(name, value === "true" || value === "false" ? value === "true" : value);
  }
  const result = emptyRecord<JsonValue>();
  for (const [name, value] of flags) result[name] = value;
  return result;
}

/** Parses the load stats configuration, which upstream inserts unchanged; it must be JSON (contract 1.30 §7.0). */
function loadStatsOf(metadata: Node["metadata"], problems: string[]): JsonValue | undefined {
  const text = metadata.LOAD_STATS_CONFIG_JSON;
  if (typeof text !== "string" || text === "") return undefined;
  const parsed = parseGoJson(text);
  if (!parsed.ok) problems.push(`ISTIO_META_LOAD_STATS_CONFIG_JSON is not valid JSON: ${parsed.error}`);
  return parsed.ok ? (parsed.value as JsonValue) : undefined; // a JSON parser returns only JSON values
}

const UNLIMITED = 2_147_483_647;

/** Returns the connection limit from proxyMetadata or runtimeValues; the variable does not count (contract 1.30 §7.10). */
function maxConnections(config: Config, metadata: ReadonlyMap<string, string>): number {
  const runtime = new Map(Object.entries(config.runtimeValues ?? {}));
  const candidates = [
    metadata.get("ISTIO_META_GLOBAL_DOWNSTREAM_MAX_CONNECTIONS"),
    runtime.get("overload.global_downstream_max_connections"),
  ];
  for (const text of candidates) {
    const parsed = text === undefined ? undefined : atoi(text);
    if (parsed?.ok) return parsed.value;
  }
  return UNLIMITED;
}
