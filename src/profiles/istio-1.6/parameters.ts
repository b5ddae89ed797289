import type { AddressParameter, SocketAddress } from "../../bootstrap/address.ts";
import { ACTIVE_CONNECTIONS, commaList, expandPodIp } from "../../bootstrap/stats.ts";
import type { Notice } from "../../common/notice.ts";
import type { JsonObject } from "../../go/json-value.ts";
import { uniqueAddresses } from "../../node/node.ts";
import { pilotSan } from "../../node/pilot-san.ts";
import type { Parameterized } from "../profile.ts";
import { refuseBootstrap } from "../refuse-bootstrap.ts";
import { isIpv6 } from "./addresses.ts";
import type { Changes } from "./changes.ts";
import type { Config, Node, Problem, Start, Variables } from "./contract.ts";
import { addressFrom, type Service, serviceOf, type Tracer, tracerOf } from "./services.ts";

const BUILT_IN_TAGS = [
  "reporter source_namespace source_workload source_workload_namespace source_principal source_app source_version source_cluster",
  "destination_namespace destination_workload destination_workload_namespace destination_principal destination_app destination_version",
  "destination_service destination_service_name destination_service_namespace destination_port destination_cluster request_protocol",
  "request_operation request_host response_flags grpc_response_status connection_security_policy permissive_response_code",
  "permissive_response_policyid source_canonical_service destination_canonical_service source_canonical_revision destination_canonical_revision",
]
  .join(" ")
  .split(" ");
const DEFAULT_PREFIXES = [
  "cluster_manager",
  "listener_manager",
  "http_mixer_filter",
  "tcp_mixer_filter",
  "server",
  "cluster.xds-grpc",
  "wasm",
];

/** The parameters of the stock template of release 1.6, as data (contract 1.6 §7.2). */
export interface Parameters {
  readonly nodeId: string;
  readonly cluster: string;
  readonly locality: object;
  readonly metadata: JsonObject;
  readonly localhost: string;
  readonly wildcard: string;
  readonly dnsLookupFamily: string;
  readonly adminPort: number;
  readonly extraStatTags: readonly string[];
  readonly inclusionPrefixes: readonly string[];
  readonly inclusionSuffixes: readonly string[];
  readonly inclusionRegexps: readonly string[];
  readonly discovery: SocketAddress;
  /** How Envoy authenticates the control plane; absent: plain text. */
  readonly controlPlane?: { readonly trustedCa: object; readonly subjectAltNames: readonly object[] };
  readonly tracer?: Tracer;
  readonly statsd?: SocketAddress;
  readonly metricsService?: Service;
  readonly accessLogService?: Service;
  readonly outlierLogPath: string;
}

/** Returns the parameters of the stock template and the files of the bootstrap. @throws ConfigError for invalid values. */
export function parametersOf(start: Start, node: Node, changes: Changes): Parameterized<Parameters> {
  const { settings, config } = start;
  const env = settings.variables;
  const notices: Notice[] = [];
  const problems: Problem[] = [];
  const address = (parameter: AddressParameter, text: string) => addressFrom(parameter, text, problems);
  const discovery = address("discovery", config.discoveryAddress ?? "");
  const { statsdUdpAddress: statsd = "" } = config;
  const metrics = serviceOf("envoy_metrics_service", config.envoyMetricsService, node, problems, notices);
  const accessLog = serviceOf("envoy_accesslog_service", config.envoyAccessLogService, node, problems, notices);
  const { tracer, files } = tracerOf(start, node, changes, problems, notices);
  const statsdAddress = statsd === "" ? undefined : address("statsd", statsd);
  refuseBootstrap(problems, [], start, 1);
  const v6 = isIpv6(node.addresses);
  const parameters: Parameters = {
    nodeId: node.id,
    cluster: node.cluster,
    locality: node.locality,
    metadata: node.metadata,
    localhost: v6 ? "::1" : "127.0.0.1",
    wildcard: v6 ? "::" : "0.0.0.0",
    dnsLookupFamily: v6 ? "AUTO" : "V4_ONLY",
    adminPort: config.proxyAdminPort ?? 0,
    ...statsOf(config, node, settings.invocation.switches.drain === "lossless"),
    discovery: discovery ?? { address: "", port_value: 0 },
    ...(config.controlPlaneAuthPolicy === "MUTUAL_TLS"
      ? { controlPlane: { trustedCa: trustedCa(env), subjectAltNames: [{ exact: pilotSan(config.discoveryAddress ?? "") }] } }
      : {}),
    ...(tracer && { tracer }),
    ...(statsdAddress && { statsd: statsdAddress }),
    ...(metrics && { metricsService: metrics }),
    ...(accessLog && { accessLogService: accessLog }),
    outlierLogPath: settings.invocation.flags.string("outlierLogPath"),
  };
  return { parameters, admin: { host: parameters.localhost, port: parameters.adminPort }, files, notices };
}

/** Returns the lists for statistics from metadata and configuration (contract 1.6 §7.3). */
function statsOf(
  config: Config,
  node: Node,
  isLossless: boolean,
): Pick<Parameters, "extraStatTags" | "inclusionPrefixes" | "inclusionSuffixes" | "inclusionRegexps"> {
  const annotation = (name: "extraStatTags" | "statsInclusionPrefixes" | "statsInclusionSuffixes" | "statsInclusionRegexps") => {
    const value = node.metadata[`sidecar.istio.io/${name}`];
    return commaList(typeof value === "string" ? value : "");
  };
  const addresses = uniqueAddresses(node);
  return {
    extraStatTags: [...BUILT_IN_TAGS, ...(config.extraStatTags ?? []), ...annotation("extraStatTags")].filter((tag) => tag !== ""),
    inclusionPrefixes: expandPodIp([...annotation("statsInclusionPrefixes"), ...DEFAULT_PREFIXES], addresses),
    inclusionSuffixes: [...expandPodIp(annotation("statsInclusionSuffixes"), addresses), ...(isLossless ? [ACTIVE_CONNECTIONS] : [])],
    inclusionRegexps: expandPodIp(annotation("statsInclusionRegexps"), addresses),
  };
}

/** Returns the root certificate of the control plane (contract 1.6 §7.4). */
function trustedCa(env: Variables): object {
  if (env.PROV_CERT !== "") return { filename: `${env.PROV_CERT}/root-cert.pem` };
  if (env.PILOT_CERT_PROVIDER === "kubernetes") return { filename: "./var/run/secrets/kubernetes.io/serviceaccount/ca.crt" };
  return env.PILOT_CERT_PROVIDER === "istiod" ? { filename: "./var/run/secrets/istio/root-cert.pem" } : {};
}
