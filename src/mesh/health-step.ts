import type { HealthPlan } from "./mesh-plan.ts";
import { oneLine } from "./peer-text.ts";

/** What the control plane is sent about the workload: why it is not healthy; without a problem, it is. */
export interface HealthReport {
  readonly problem?: string;
}

/** What the probes have found so far. */
export interface HealthState {
  /** What was reported last; absent before the first report. */
  readonly reported?: "healthy" | "unhealthy";
  /** The last result, and how many times in a row it has come. */
  readonly last?: "healthy" | "unhealthy";
  readonly count: number;
}

export const UNPROBED: HealthState = { count: 0 };

/** Returns the state after a probe, and what is reported if that changes (contract 1.30 §13c). `problem`: undefined if the workload is healthy. */
export function stepHealth(
  { reported, last, count: before }: HealthState,
  problem: string | undefined,
  { success, failure }: HealthPlan["thresholds"],
): readonly [state: HealthState, report?: HealthReport] {
  const result = problem === undefined ? "healthy" : "unhealthy";
  const count = result === last ? before + 1 : 1;
  if (count !== (problem === undefined ? success : failure) || reported === result)
    return [{ ...(reported && { reported }), last: result, count }];
  return [{ reported: result, last: result, count }, problem === undefined ? {} : { problem: oneLine(problem) }];
}

/** When a probe begins: after `wait` milliseconds, and the tick of the period after it. */
export interface Turn {
  readonly wait: number;
  readonly tick: number;
}

/**
 * Returns when the next probe begins: at the tick, or at once if it has passed meanwhile; other ticks that have passed are left out, as with
 * Go's ticker. Without a tick, the first probe has just ended.
 */
export function nextTurn(tick: number | undefined, now: number, period: number): Turn {
  if (tick === undefined) return { wait: period, tick: now + 2 * period };
  const passed = Math.floor(Math.max(now - tick, 0) / period);
  return { wait: Math.max(tick - now, 0), tick: tick + (passed + 1) * period };
}
