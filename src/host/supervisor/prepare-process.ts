import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import type { Event } from "../../supervisor/state.ts";
import { BUG } from "../../supervisor/supervise.ts";
import { ignoreSignal } from "../linux/libc.ts";
import { type OpenFiles, raiseOpenFiles } from "../linux/open-files.ts";

/** Signals the runtime cannot handle and that end a process: SIGSTKFLT, and the real-time signals programs may use. */
const OUT_OF_REACH = [16, ...Array.from({ length: 31 }, (_, count) => 34 + count)];

/** Makes this process one that supervises: no exception or stray signal ends it, and Envoy may open as many files as allowed. */
export function prepareProcess(push: (event: Event) => void, log: Log): void {
  const giveUp = (error: unknown) => {
    log("error", bugText(error));
    push(BUG);
  };
  process.on("uncaughtException", giveUp);
  process.on("unhandledRejection", giveUp);
  for (const signal of OUT_OF_REACH) ignoreSignal(signal);
  const files = raiseOpenFiles();
  if (files !== undefined) log(files.problem === undefined ? "info" : "warn", openFilesText(files));
}

function openFilesText({ before, soft, hard, problem }: OpenFiles): string {
  const raised = problem === undefined ? (before === soft ? "" : `, raised from ${before}`) : `, which cannot be raised: ${problem}`;
  return `Open files: soft limit ${soft}${raised}; hard limit ${hard}`;
}
