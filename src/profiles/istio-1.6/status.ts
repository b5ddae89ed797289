import { milliseconds } from "../../go/duration.ts";
import { splitHostPort } from "../../go/host-port.ts";
import { PORT } from "../../settings/ports.ts";
import type { ProberContract } from "../../status/probers.ts";
import type { AdminQuestion, MetricsRules, ReadinessRules, Route, StatusPlan } from "../../status/status-plan.ts";
import { probersOf, scrapeTargetOf } from "../application.ts";
import type { Changes } from "./changes.ts";
import type { Settings, Start } from "./contract.ts";

/** The timeout of one admin request, in milliseconds. */
const LIMIT = 1_000;
const UPDATES = "^(cluster_manager.cds|listener_manager.lds).(update_success|update_rejected)$";
const STATE = "^(server.state|listener_manager.workers_started)";

/** Returns the admin requests for readiness: about updates, then about Envoy's state. */
export function adminQuestions(changes: Changes): readonly AdminQuestion[] {
  const { updates, state } = readinessQuestions(changes, LIMIT);
  return [updates, state];
}

/** Returns the same by name. Releases that keep the state escape dots and have another timeout for it. */
function readinessQuestions(
  { keepsReadiness }: Changes,
  stateLimit: number,
): { readonly updates: AdminQuestion; readonly state: AdminQuestion } {
  const target = (filter: string) => `/stats?usedonly&filter=${keepsReadiness ? filter.replaceAll(".", "\\.") : filter}`;
  return {
    updates: { target: target(UPDATES), timeoutMilliseconds: LIMIT },
    state: { target: target(STATE), timeoutMilliseconds: keepsReadiness ? stateLimit : LIMIT },
  };
}

const ROUTES: readonly Route[] = [
  { path: "/healthz/ready", endpoint: "ready" },
  { path: "/stats/prometheus", endpoint: "metrics" },
  { path: "/quitquitquit", endpoint: "quit", loopbackOnly: true, postOnly: true },
  { path: "/app-health/", endpoint: "probe" },
];

const PROBERS: ProberContract = {
  path: "^/app-health/[^/]+/(livez|readyz)$",
  kinds: ["httpGet"],
  addsSlash: false,
  hostHeaders: ["Host", ":authority"],
};

/** Upstream has no timeout for 0 or less; here it is the default. */
function stateLimit(settings: Settings): number {
  const limit = milliseconds(settings.variables.ENVOY_READINESS_CHECK_TIMEOUT);
  return limit > 0 ? limit : 5_000;
}

const STARTUP_PROBES = { path: "^/app-health/[^/]+/(livez|readyz|startupz)$", addsSlash: true } as const;

/** Returns the status server of release 1.6; undefined if its port is 0 or less. @throws ConfigError for probers and annotations that upstream refuses (contract 1.6 §11) */
export function statusPlan(start: Start, changes: Changes): StatusPlan | undefined {
  const { settings, config } = start;
  const { statusPort: port = 0 } = config;
  // Upstream reads probers and annotations only for a server.
  if (port <= 0) return undefined;
  const probersText = settings.variables.ISTIO_KUBE_APP_PROBERS;
  const annotations = settings.role === "sidecar" && probersText !== "" ? settings.variableText("ISTIO_PROMETHEUS_ANNOTATIONS") : undefined;
  return Object.freeze<StatusPlan>({
    port,
    paths: { escapedSlashes: true, redirect: 301 },
    routes: ROUTES,
    compresses: false,
    drainWithdraws: settings.invocation.switches.readiness === "live",
    probes: {
      probers: probersOf(probersText, changes.startupProbes ? { ...PROBERS, ...STARTUP_PROBES } : PROBERS),
      destination: "localhost",
      callerHost: false,
      otherHosts: true,
      bodyLimit: 0,
      redirectIsSuccess: false,
      http2: false,
    },
    metrics: metricsOf(annotations),
  });
}

/** Returns what makes a proxy of release 1.6 ready (contract 1.6 §11.4). */
export function readinessOf({ settings, config, generates }: Start, changes: Changes): ReadinessRules {
  const { switches } = settings.invocation;
  return {
    ...readinessQuestions(changes, stateLimit(settings)),
    remembersState: changes.keepsReadiness && switches.readiness === "istio",
    files: [],
    nameTable: false,
    ...(generates ? xdsOf(config.discoveryAddress ?? "") : {}),
  };
}

function xdsOf(discoveryAddress: string): Pick<ReadinessRules, "xds"> {
  const address = splitHostPort(discoveryAddress);
  return address.ok ? { xds: { kind: "server", host: address.value.host, port: Number(address.value.port) } } : {};
}

function metricsOf(annotations: string | undefined): MetricsRules {
  const target = scrapeTargetOf(annotations);
  return {
    envoyPort: PORT.metrics,
    ...(target === undefined ? {} : { application: { port: target.port, path: target.path } }),
    allOrNothing: true,
    forwardsQuery: false,
    narrowsAccept: false,
    negotiates: false,
    includesAgent: false,
  };
}
