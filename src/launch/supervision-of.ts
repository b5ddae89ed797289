import type { Switches } from "../cli/switches.ts";
import type { Lifecycle, Start } from "../profiles/profile.ts";
import type { Supervision } from "../supervisor/supervision.ts";
import { watchedSettings } from "./watched-settings.ts";

const DRAIN = "/drain_listeners";
const COUNT = "filter=downstream_cx_active$";
const ASSUMED_GRACE = 30_000;
const COUNT_INTERVAL = 1_000;
/** The lossless drain ends soon after the last connection. */
const LOSSLESS_INTERVAL = 250;
/** The minimum time for an old epoch to finish its requests. */
const PARENT_SHUTDOWN = 60_000;

/** Returns the rules of supervision: those of the profile, changed by the switches. */
export function supervisionOf(lifecycle: Lifecycle, start: Start, baseId: number): Supervision {
  const { switches } = start.settings.invocation;
  const { proxyAdminPort: adminPort = 0 } = start.config;
  const hotRestart = lifecycle.hotRestart || switches.hotRestart;
  const longestRequest = switches.parentShutdownTime ?? lifecycle.parentShutdown ?? Math.max(PARENT_SHUTDOWN, lifecycle.hold);
  return {
    drain: switches.drain === "lossless" ? losslessDrain(lifecycle, start.settings.role) : recordedDrain(lifecycle),
    quitDrains: lifecycle.quitDrains,
    preDrainDelay: switches.preDrainDelay,
    stopTimeout: switches.stopTimeout,
    gracePeriod: { milliseconds: switches.gracePeriod ?? ASSUMED_GRACE, isKnown: switches.gracePeriod !== undefined },
    portSettings: [[adminPort, "proxyAdminPort in the ProxyConfig"], ...lifecycle.portSettings],
    hotRestart,
    baseId,
    parentShutdown: hotRestart && changesHotRestart(switches) ? shutdownTime(longestRequest, lifecycle.gradualDrain) : longestRequest,
    watch: {
      certificates: hotRestart ? lifecycle.watched() : [],
      configuration: hotRestart && switches.watch ? watchedSettings(start.settings) : [],
      debounce: lifecycle.debounce,
    },
    restart: switches.restart,
    terminationMessagePath: switches.terminationMessagePath,
  };
}

/** Reports whether switches ask for more than the contract's hot restart: for one at all, its own base-id or another time. */
export function changesHotRestart({ adaptEnvoy, hotRestart, parentShutdownTime }: Switches): boolean {
  return adaptEnvoy || hotRestart || parentShutdownTime !== undefined;
}

/** Returns whole seconds, at least the longest request, and longer than a gradual drain, which closes the last connection at its end. */
function shutdownTime(longestRequest: number, gradualDrain: number | undefined): number {
  return Math.max(1000, Math.ceil(longestRequest / 1000) * 1000, gradualDrain === undefined ? 0 : gradualDrain + 1000);
}

function recordedDrain({ drainQuery, hold, until, ownPorts, countsInternal }: Lifecycle): Supervision["drain"] {
  const queries = drainQuery === "" ? [] : [drainQuery];
  return {
    path: [DRAIN, ...queries].join("?"),
    earlyPath: `${DRAIN}?${[...queries, "skip_exit"].join("&")}`,
    until,
    hold: Math.max(0, hold),
    lossless: false,
    countPath: `/stats?usedonly&${COUNT}`,
    interval: COUNT_INTERVAL,
    ownPorts,
    countsInternal,
  };
}

/**
 * The lossless drain (RATIONALE.md, "The lossless drain is opt-in"): listeners stay open, the hold covers the removal of
 * endpoints, then the agent waits for the last connection.
 */
function losslessDrain({ hold, ownPorts }: Lifecycle, role: string): Supervision["drain"] {
  const path = `${DRAIN}?${role === "sidecar" ? "inboundonly&" : ""}graceful&skip_exit`;
  return {
    path,
    earlyPath: path,
    until: "connections",
    hold: Math.max(0, hold),
    lossless: true,
    countPath: `/stats?${COUNT}`,
    interval: LOSSLESS_INTERVAL,
    ownPorts,
    countsInternal: false,
  };
}
