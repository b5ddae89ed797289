import type { Log } from "../../common/notice.ts";

/** What was wrong with files at their last use, by path, for each log. */
const reported = new WeakMap<Log, Map<string, string>>();

/** Logs a warning about a file, unless the last one about it was the same: both the CA and the control plane may be connected to with it. */
export function reportFile(path: string, warning: string, log: Log): void {
  const last = reported.get(log) ?? new Map<string, string>();
  reported.set(log, last);
  if (last.get(path) === warning) return;
  last.set(path, warning);
  log("warn", warning);
}

/** Takes note that a file can be used, so that the next warning about it is logged. */
export function fileIsGood(path: string, log: Log): void {
  reported.get(log)?.delete(path);
}
