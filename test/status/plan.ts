import type { AdminAddress } from "../../src/envoy/admin-address.ts";
import type { PathRule, ReadinessRules, Route, StatusPlan } from "../../src/status/status-plan.ts";

export const OLD: PathRule = { escapedSlashes: true, redirect: 301 };
export const NEW: PathRule = { escapedSlashes: false, redirect: 307 };

export const ROUTES: readonly Route[] = [
  { path: "/healthz/ready", endpoint: "ready" },
  { path: "/stats/prometheus", endpoint: "metrics" },
  { path: "/quitquitquit", endpoint: "quit", loopbackOnly: true, postOnly: true },
  { path: "/drain", endpoint: "drain", loopbackOnly: true, postOnly: true },
  { path: "/app-health/", endpoint: "probe" },
];

/** The plan of a status port, with what its readiness check needs. */
export type ServedPlan = StatusPlan & { readonly admin: AdminAddress; readonly readiness: ReadinessRules };

/** Creates a plan for tests: rules of 1.30, no sources, no probers. The limits of requests are long, as a machine may stall. */
export function planOf(changes: Partial<ServedPlan>): ServedPlan {
  return {
    port: 15020,
    admin: { host: "127.0.0.1", port: 15000 },
    paths: NEW,
    routes: ROUTES,
    compresses: true,
    drainWithdraws: false,
    readiness: {
      updates: { target: "/stats?updates", timeoutMilliseconds: 30_000 },
      state: { target: "/stats?state", timeoutMilliseconds: 30_000 },
      remembersState: true,
      files: [],
      nameTable: false,
    },
    probes: {
      probers: {},
      destination: "127.0.0.1",
      source: "127.0.0.6",
      callerHost: true,
      otherHosts: false,
      bodyLimit: 10_240,
      redirectIsSuccess: true,
      http2: false,
    },
    metrics: { allOrNothing: false, forwardsQuery: true, narrowsAccept: true, negotiates: true, includesAgent: true },
    ...changes,
  };
}
