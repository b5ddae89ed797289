import type { LogOptions } from "../cli/log-options.ts";
import type { Notice } from "../common/notice.ts";
import type { Host } from "./host.ts";

/** Logs the warnings about a command line, to standard error unless --log_target names another target. */
export function reportNotices(notices: readonly Notice[], options: LogOptions, host: Pick<Host, "openLog">): void {
  if (notices.length === 0) return;
  const log = host.openLog(options, "stderr");
  for (const { level, text } of notices) log(level, text);
}
