import { repeatedPart } from "../common/log-once.ts";
import type { Log } from "../common/notice.ts";
import type { HealthState } from "./health-step.ts";
import { oneLine } from "./peer-text.ts";

/** How many reasons are logged until the workload is healthy: an application can answer anything. */
const MOST = 20;

/** Logs a result, with the states before and after it. */
export type HealthLog = (before: HealthState, after: HealthState, problem: string | undefined) => void;

/**
 * Returns what logs each change, and each other reason once until the workload is healthy again. Only the first reason is reported, and that
 * is often that Envoy is not up yet.
 */
export function healthLog(log: Log): HealthLog {
  const reasons = new Set<string>();
  return (before, after, problem) => {
    if (problem === undefined) {
      if (after.reported === before.reported) return;
      reasons.clear();
      log("info", "The workload is healthy (readinessProbe in the ProxyConfig)");
      return;
    }
    const reason = oneLine(problem);
    const key = repeatedPart(reason);
    if (after.reported !== "unhealthy" || reasons.has(key) || reasons.size >= MOST) return;
    reasons.add(key);
    log(before.reported === undefined ? "info" : "warn", `The workload is NOT healthy (readinessProbe in the ProxyConfig): ${reason}`);
  };
}
