import { MILLISECOND } from "../../go/duration.ts";
import { durationOf } from "../../settings/access.ts";
import { PORT } from "../../settings/ports.ts";
import type { Lifecycle, Start } from "../profile.ts";
import { variablesOf } from "./variables.ts";
import { watchedFiles } from "./watched-files.ts";

/** How release 1.6 ends its Envoy: inbound listeners close at once, for gateways too, then a fixed time; a quit is a SIGTERM to itself (spec 1.6 §10.5, §10.7, §11). */
export function lifecycleOf({ draft, config }: Start): Lifecycle {
  const env = variablesOf(draft);
  return {
    drainQuery: "inboundonly",
    hold: env.TERMINATION_DRAIN_DURATION_SECONDS * 1000,
    until: "time",
    quitDrains: true,
    ownPorts: [PORT.ready, PORT.metrics],
    portSettings: [],
    hotRestart: true,
    parentShutdown: Number((durationOf(config, "parentShutdownDuration") ?? 0n) / MILLISECOND),
    watched: () => watchedFiles(config),
    debounce: 10_000,
  };
}
