import type { Log } from "../../common/notice.ts";

/** What was wrong with files at their last use, by path. */
const reported = new Map<string, string>();

/**
 * Logs a warning about a file, unless the last one about it was the same, also in the log of another service: both the CA and the control
 * plane may be connected to with it.
 */
export function reportFile(path: string, warning: string, log: Log): void {
  if (reported.get(path) === warning) return;
  reported.set(path, warning);
  log("warn", warning);
}

/** Takes note that a file can be used, so that the next warning about it is logged. */
export function fileIsGood(path: string): void {
  reported.delete(path);
}
