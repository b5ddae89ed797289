import type { Notice } from "../common/notice.ts";
import type { Supervision } from "./supervision.ts";

/** Milliseconds reserved at the end of the grace period for the agent's own exit. */
export const MARGIN = 500;

/** When the phases of a stop must end, in milliseconds from its start; absent without a limit. */
export interface Deadlines {
  /** Delay and drain end and SIGTERM is sent. */
  readonly stop: number;
  /** SIGKILL is sent. */
  readonly kill: number;
}

/**
 * Returns the deadlines of a stop within a known grace period. An assumed one does not limit what the contract prescribes, as the pod's may
 * be longer; it only limits a wait for connections, which the contract does not have and nothing else ends.
 */
export function deadlinesOf({ gracePeriod, stopTimeout, drain }: Supervision): Deadlines | undefined {
  if (!gracePeriod.isKnown && !drain.lossless) return undefined;
  const kill = Math.max(0, gracePeriod.milliseconds - MARGIN);
  return { kill, stop: Math.max(0, kill - stopTimeout) };
}

/** Returns the schedule of a stop as one log line, and a warning if it does not fit the grace period. */
export function budgetNotices(supervision: Supervision): readonly Notice[] {
  const { preDrainDelay, drain, stopTimeout, gracePeriod } = supervision;
  const least = preDrainDelay + drain.hold;
  const grace = `grace period ${seconds(gracePeriod.milliseconds)}${gracePeriod.isKnown ? "" : " (assumed; set it with --grace-period)"}`;
  const rest = drain.until === "connections" ? " or more, until no connections are left" : "";
  const plan: Notice = {
    level: "info",
    text: `Stop plan: delay ${seconds(preDrainDelay)}, drain ${seconds(drain.hold)}${rest}, then SIGTERM, SIGKILL ${seconds(stopTimeout)} later; ${grace}`,
  };
  const needed = least + stopTimeout + MARGIN;
  if (needed <= gracePeriod.milliseconds) return [plan];
  const cut = deadlinesOf(supervision) === undefined ? "Kubernetes may kill the pod before it completes" : "the drain will be cut short";
  return [
    plan,
    {
      level: "warn",
      text: `The stop plan needs ${seconds(needed)}, but the grace period is ${seconds(gracePeriod.milliseconds)}: ${cut}; raise terminationGracePeriodSeconds and --grace-period to ${Math.ceil(needed / 1000)}, or shorten the drain, --pre-drain-delay or --stop-timeout`,
    },
  ];
}

/** Formats milliseconds as seconds: `5 s`, `0.5 s`. */
export function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(3))} s`;
}
