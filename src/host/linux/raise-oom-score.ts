import { raisedOomScore } from "../../linux/oom-score.ts";
import { tryOverwrite } from "../files/libc-files.ts";
import { tryReadText } from "../files/read-file.ts";

/**
 * Has the kernel choose Envoy before the agent when the memory of their cgroup (its limit in bytes, absent for none) runs out: the
 * agent then says what happened, and ends or starts another. A process that has ended, or may not be told so, is left as it is.
 */
export function raiseOomScore(pid: number | undefined, limit: number | undefined): void {
  const path = `/proc/${pid}/oom_score_adj`;
  const score = tryReadText(path);
  if (score !== undefined) tryOverwrite(path, String(raisedOomScore(Number(score), limit)));
}
