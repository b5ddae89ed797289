import { milliseconds } from "../../go/duration.ts";
import type { Lifecycle } from "../profile.ts";
import type { Node, Start } from "./contract.ts";
import { watchedFiles } from "./watched-files.ts";

/** How release 1.30 stops Envoy: a graceful drain for a fixed time, or until no connection is left (contract 1.30 §9.3). */
export function lifecycleOf(start: Start, node: Node): Lifecycle {
  const { settings, config } = start;
  const { variables: env, rules } = settings;
  const ports = [
    [env.ENVOY_STATUS_PORT, "ENVOY_STATUS_PORT"],
    [env.ENVOY_PROMETHEUS_PORT, "ENVOY_PROMETHEUS_PORT"],
    ...rules.addedPorts(start),
  ] as const;
  const untilNone = env.EXIT_ON_ZERO_ACTIVE_CONNECTIONS;
  const hold = untilNone ? env.MINIMUM_DRAIN_DURATION : (config.terminationDrainDuration ?? 0n);
  return {
    drainQuery: settings.role === "sidecar" ? "inboundonly&graceful" : "graceful",
    hold: milliseconds(hold),
    until: untilNone ? "connections" : "time",
    quitDrains: false,
    ownPorts: ports.map(([port]) => port),
    countsInternal: rules.countsInternal,
    portSettings: ports,
    hotRestart: false,
    watched: () => watchedFiles(config, node.metadata),
    debounce: 2_000,
  };
}

/** Reports whether a stop counts connections and needs their statistics. */
export function countsConnections({ settings }: Start): boolean {
  const env = settings.variables;
  return env.EXIT_ON_ZERO_ACTIVE_CONNECTIONS || settings.invocation.switches.drain === "lossless";
}
