import { unknownMethod } from "../../mesh/grpc-method.ts";
import type { HealthReport } from "../../mesh/health-step.ts";
import type { XdsKind } from "../../mesh/xds-messages.ts";
import { newXdsStream } from "../../mesh/xds-stream.ts";
import type { Accept } from "./grpc.ts";
import { type ProxiedStream, proxyStream, type XdsTools } from "./proxy-stream.ts";

const SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService";

const METHODS: ReadonlyMap<string, XdsKind> = new Map([
  [`/${SERVICE}/StreamAggregatedResources`, "sotw"],
  [`/${SERVICE}/DeltaAggregatedResources`, "delta"],
]);

/** What accepts the calls of the xDS socket, and the end of all of them. */
export interface XdsProxy {
  readonly accept: Accept;
  /** Reports the state of the workload to the control plane, on each stream that is open and on each later one. */
  readonly setHealth: (report: HealthReport) => void;
  /** Closes the connections to the control plane. */
  readonly close: () => void;
}

/** Opens the proxy between Envoy and its control plane (contract 1.30 §13c). */
export function openXdsProxy(tools: XdsTools): XdsProxy {
  const streams = new Set<ProxiedStream>();
  /** The last stream of each client process: both Envoys of a hot restart have one. */
  const last = new Map<number | undefined, ProxiedStream>();
  let health: HealthReport | undefined;
  return {
    accept(call) {
      const kind = METHODS.get(call.method);
      if (kind === undefined) return unknownMethod(call.method, [SERVICE]);
      const replaced = last.get(call.peer);
      if (replaced !== undefined) {
        replaced.end();
        tools.report.replaced();
      }
      const proxied: ProxiedStream = proxyStream(call, newXdsStream(kind, tools.plan, health), tools, () => {
        streams.delete(proxied);
        if (last.get(call.peer) === proxied) last.delete(call.peer);
      });
      streams.add(proxied);
      last.set(call.peer, proxied);
      return proxied.handler;
    },
    setHealth(report) {
      health = report;
      for (const proxied of [...streams]) proxied.setHealth(report);
    },
    close() {
      for (const { end } of [...streams]) end();
    },
  };
}
