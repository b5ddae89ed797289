import { readFileSync, writeFileSync } from "node:fs";
import { raisedOomScore } from "../../envoy/oom-score.ts";

/**
 * Has the kernel choose Envoy before the agent when the memory of their cgroup (its limit in bytes, absent for none) runs out: the
 * agent then says what happened, and ends or starts another. A process that may not be told so is left as it is.
 */
export function offerToOomKiller(pid: number | undefined, limit: number | undefined): void {
  const path = `/proc/${pid}/oom_score_adj`;
  try {
    writeFileSync(path, String(raisedOomScore(Number(readFileSync(path, "utf8")), limit)));
  } catch {
    // It has ended, or its user is not ours.
  }
}
