import { milliseconds, SECOND } from "../../go/duration.ts";
import { PORT } from "../../settings/ports.ts";
import type { Lifecycle } from "../profile.ts";
import type { Changes } from "./changes.ts";
import type { Start } from "./contract.ts";
import { watchedFiles } from "./watched-files.ts";

/** How release 1.6 stops Envoy: inbound listeners close at once, then a fixed time passes; a quit is a SIGTERM to itself (contract 1.6 §10.5, §10.7, §11). */
export function lifecycleOf({ settings, config }: Start, { drainsGateways, terminationDrain }: Changes): Lifecycle {
  const seconds = settings.variables.TERMINATION_DRAIN_DURATION_SECONDS;
  // The variable takes precedence over the configuration field, which is newer.
  const isConfigured = terminationDrain && settings.variableText("TERMINATION_DRAIN_DURATION_SECONDS") === undefined;
  const configured = milliseconds(config.terminationDrainDuration ?? 0n);
  return {
    drainQuery: settings.role === "router" && drainsGateways ? "" : "inboundonly",
    hold: isConfigured ? configured : seconds * 1000,
    until: "time",
    quitDrains: true,
    ownPorts: [PORT.ready, PORT.metrics],
    countsInternal: false,
    portSettings: [],
    hotRestart: true,
    parentShutdown: milliseconds(config.parentShutdownDuration ?? 0n),
    gradualDrain: Number((config.drainDuration ?? 0n) / SECOND) * 1000,
    watched: () => watchedFiles(config),
    debounce: 10_000,
  };
}
