import type { Switches } from "../../cli/switches.ts";
import { ConfigError } from "../../common/errors.ts";
import { splitHostPort } from "../../go/host-port.ts";
import { joinPath } from "../../go/path.ts";
import type { ProberContract } from "../../status/probers.ts";
import type { AdminQuestion, MetricsRules, ReadinessRules, Route, StatusPlan, XdsSource } from "../../status/status-plan.ts";
import { probersOf, scrapeTargetOf } from "../application.ts";
import { familiesOf, isGlobalV6 } from "./addresses.ts";
import type { Config, Node, Settings, Start, Variables } from "./contract.ts";

const UPDATES: AdminQuestion = {
  target: String.raw`/stats?usedonly&filter=^(cluster_manager\.cds|listener_manager\.lds)\.(update_success|update_rejected)$`,
  timeoutMilliseconds: 1_000,
};
const STATE: AdminQuestion = {
  target: String.raw`/stats?usedonly&filter=^(server\.state|listener_manager\.workers_started)`,
  timeoutMilliseconds: 3_000,
};
/** The admin requests for readiness: about updates, then about Envoy's state. */
export const ADMIN_QUESTIONS: readonly AdminQuestion[] = [UPDATES, STATE];
const BODY_LIMIT = 10_240;
const PROBERS: ProberContract = {
  path: "^/(app-health|app-lifecycle)/[^/]+/(livez|readyz|startupz|prestopz|poststartz)$",
  kinds: ["httpGet", "tcpSocket", "grpc"],
  addsSlash: true,
  hostHeaders: [],
};

/** Returns the status server of release 1.30; undefined if its port is 0. @throws ConfigError for probers and annotations that upstream refuses (contract 1.30 §10) */
export function statusPlan(start: Start, node: Node): StatusPlan | undefined {
  const { settings, config } = start;
  const env = settings.variables;
  const { statusPort: port = 0 } = config;
  // Upstream reads probers and annotations only for a server.
  if (port <= 0) return undefined;
  const isV6 = familiesOf(node.addresses).allV6 || isGlobalV6(env.INSTANCE_IP);
  return Object.freeze<StatusPlan>({
    port,
    paths: { escapedSlashes: false, redirect: 307 },
    routes: routesOf(env),
    compresses: settings.rules.compressesAnswers,
    drainWithdraws: settings.invocation.switches.readiness === "live",
    probes: {
      probers: probersOf(env.ISTIO_KUBE_APP_PROBERS, PROBERS),
      destination: env.REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION ? "localhost" : env.INSTANCE_IP.replace(/^\[(.*)\]$/, "$1"),
      source: isV6 ? "::6" : "127.0.0.6",
      callerHost: true,
      otherHosts: false,
      bodyLimit: BODY_LIMIT,
      redirectIsSuccess: true,
      http2: env.ISTIO_ENABLE_HTTP2_PROBING,
    },
    metrics: metricsOf(start, port),
  });
}

function routesOf(env: Variables): readonly Route[] {
  const metrics = { endpoint: "metrics", loopbackOnly: env.METRICS_LOCALHOST_ACCESS_ONLY } as const;
  return [
    { path: "/healthz/ready", endpoint: "ready" },
    { path: "/stats/prometheus", ...metrics },
    { path: "/metrics", ...metrics },
    { path: "/quitquitquit", endpoint: "quit", loopbackOnly: true, postOnly: true },
    { path: "/drain", endpoint: "drain", loopbackOnly: true, postOnly: true },
    { path: "/app-health/", endpoint: "probe" },
    { path: "/app-lifecycle/", endpoint: "probe" },
    { path: "/debug/ndsz", endpoint: "name-table", loopbackOnly: true },
  ];
}

/** Returns what makes a proxy of release 1.30 ready (contract 1.30 §10.2). */
export function readinessOf({ settings, config, generates }: Start): ReadinessRules {
  const env = settings.variables;
  const { switches } = settings.invocation;
  const hasFiles = writesGrpcBootstrap(settings) && env.OUTPUT_CERTS !== "";
  const certificates = hasFiles ? ["cert-chain.pem", "key.pem", "root-cert.pem"] : [];
  return {
    ...(env.DISABLE_ENVOY ? {} : { updates: UPDATES, state: STATE }),
    remembersState: switches.readiness === "istio",
    files: certificates.map((name) => joinPath(env.OUTPUT_CERTS, name)),
    // Resource files contain no name table, so readiness does not wait for one.
    nameTable: resolvesNames(settings) && switches.xds.kind === "agent",
    ...(generates ? { xds: xdsOf(switches.xds, config) } : {}),
  };
}

/** Reports whether the bootstrap of gRPC applications is written: it refers to the agent's xDS socket (contract 1.30 §13f). */
export function writesGrpcBootstrap({ variables, invocation }: Settings): boolean {
  return variables.GRPC_XDS_BOOTSTRAP !== "" && invocation.switches.xds.kind === "agent";
}

/** Reports whether the agent resolves DNS names, by a table of the control plane (contract 1.30 §2.6). */
export function resolvesNames({ role, variables }: Settings): boolean {
  return (role === "sidecar" && variables.ISTIO_META_DNS_CAPTURE) || variables.ISTIO_META_ENABLE_DNS_SERVER;
}

function xdsOf(source: Switches["xds"], { configPath = "", discoveryAddress = "" }: Config): XdsSource {
  if (source.kind === "file") return { kind: "files", directory: source.directory };
  if (source.kind === "agent") return { kind: "socket", path: `${configPath}/XDS` };
  const split = splitHostPort(discoveryAddress);
  return { kind: "server", host: split.ok ? split.value.host : discoveryAddress, port: split.ok ? Number(split.value.port) : 0 };
}

function metricsOf({ settings }: Start, port: number): MetricsRules {
  const { variables: env, rules } = settings;
  return {
    ...(env.DISABLE_ENVOY || env.PILOT_AGENT_MERGE_ENVOY_STATS === false ? {} : { envoyPort: env.ENVOY_PROMETHEUS_PORT }),
    ...(settings.role === "sidecar" ? rules.scrapedApplication(settings.variableText("ISTIO_PROMETHEUS_ANNOTATIONS"), port) : {}),
    allOrNothing: false,
    forwardsQuery: true,
    narrowsAccept: rules.narrowsAccept,
    negotiates: true,
    includesAgent: true,
  };
}

/** Returns where the application serves metrics (contract 1.30 §10.3). @throws ConfigError for the status port itself */
export function scrapedApplication(text: string | undefined, statusPort: number): Pick<MetricsRules, "application"> {
  const target = scrapeTargetOf(text);
  if (target === undefined || target.scrape === "false") return {};
  const { port, path } = target;
  if (port === String(statusPort))
    throw new ConfigError("Cannot use ISTIO_PROMETHEUS_ANNOTATIONS", [
      `port ${statusPort} is the status port, so the agent would scrape itself endlessly; set prometheus.io/port to the application's port, and check that the pod is not injected twice`,
    ]);
  return { application: { port, path } };
}
