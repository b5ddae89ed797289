import type { Notice } from "../common/notice.ts";
import type { Supervision } from "./supervision.ts";

/** Kept free at the end of the grace period for the agent's own end, in milliseconds. */
export const MARGIN = 500;

/** When the parts of a stop end at the latest, in milliseconds from its beginning; absent: nothing bounds them. */
export interface Deadlines {
  /** Delay and drain end, SIGTERM is sent. */
  readonly stop: number;
  /** SIGKILL is sent. */
  readonly kill: number;
}

/**
 * The deadlines of a stop: inside a known grace period. One that is only assumed bounds nothing that the contract
 * prescribes, as a pod with a longer one may rely on it; it bounds a wait for connections that has no other end and that
 * the contract does not know.
 */
export function deadlinesOf({ gracePeriod, stopTimeout, drain }: Supervision): Deadlines | undefined {
  if (!gracePeriod.isKnown && !drain.lossless) return undefined;
  const kill = Math.max(0, gracePeriod.milliseconds - MARGIN);
  return { kill, stop: Math.max(0, kill - stopTimeout) };
}

/** The plan of a stop in one line for the log, and a warning when it cannot be kept. */
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

/** Milliseconds as people say them: `5 s`, `0.5 s`. */
export function seconds(milliseconds: number): string {
  return `${Number((milliseconds / 1000).toFixed(3))} s`;
}
