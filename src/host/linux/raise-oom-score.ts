import { raisedOomScore } from "../../linux/oom-score.ts";
import { tryOverwrite } from "../files/libc-files.ts";
import { tryReadText } from "../files/read-file.ts";

/**
 * Makes the OOM killer choose Envoy before the agent, which then reports what happened. `limit` is the memory limit of their cgroup in
 * bytes, absent when unlimited. Ignores a process that has exited or must not be changed.
 */
export function raiseOomScore(pid: number | undefined, limit: number | undefined): void {
  const path = `/proc/${pid}/oom_score_adj`;
  const score = tryReadText(path);
  if (score !== undefined) tryOverwrite(path, String(raisedOomScore(Number(score), limit)));
}
