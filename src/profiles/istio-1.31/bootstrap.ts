import localCluster from "../../../templates/istio-1.31/local-cluster.eta";
import mutualTls from "../../../templates/istio-1.31/mutual-tls.eta";
import type { AddedParameters, SecureMetrics } from "../istio-1.30/parameters.ts";
import { SECTIONS as SECTIONS_1_30 } from "../istio-1.30/render.ts";
import type { Node, Start } from "./contract.ts";

/** The sections of the stock bootstrap of release 1.31. */
export const SECTIONS = { ...SECTIONS_1_30, "local-cluster": localCluster, "mutual-tls": mutualTls };

/** Returns listeners for secure metrics, and the proxy's own cluster if it is to know it (contract 1.31 §3, §4). */
export function addedParameters(start: Start, node: Node): AddedParameters {
  const secureMetrics = secureMetricsOf(start);
  return {
    ...(secureMetrics.length === 0 ? {} : { secureMetrics }),
    ...(node.metadata.ENABLE_SELF_DISCOVERY === "true" ? { localCluster: "local_cluster" } : {}),
  };
}

function secureMetricsOf({ settings }: Start): readonly SecureMetrics[] {
  const { ENVOY_SECURE_METRICS_PORT: own, ENVOY_SECURE_MERGED_METRICS_PORT: merged } = settings.variables;
  const listeners: readonly SecureMetrics[] = [
    { port: own, statPrefix: "secure_stats", routes: [["/stats/prometheus", "prometheus_stats"]] },
    {
      port: merged,
      statPrefix: "secure_merged_stats",
      routes: [
        ["/stats/prometheus", "agent"],
        ["/metrics", "agent"],
      ],
    },
  ];
  return listeners.filter(({ port }) => port !== 0);
}

/** Returns the ports of these listeners, with the variables that set them. */
export function addedPorts({ settings }: Start): readonly (readonly [port: number, variable: string])[] {
  const names = ["ENVOY_SECURE_METRICS_PORT", "ENVOY_SECURE_MERGED_METRICS_PORT"] as const;
  return names.map((name) => [settings.variables[name], name] as const).filter(([port]) => port !== 0);
}
