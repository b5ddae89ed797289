import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import type { Event } from "../../supervisor/state.ts";
import { BUG } from "../../supervisor/supervise.ts";
import { ignoreSignal } from "../linux/libc.ts";
import { type OpenFiles, raiseOpenFiles } from "../linux/open-files.ts";

/** Signals that the runtime cannot handle and that end a process: SIGSTKFLT and the real-time signals. */
const UNHANDLED_SIGNALS = [16, ...Array.from({ length: 31 }, (_, count) => 34 + count)];

/**
 * Prepares this process to supervise: exceptions and stray signals do not end it, and Envoy may open as many files as the hard limit
 * allows.
 */
export function prepareProcess(push: (event: Event) => void, log: Log): void {
  const giveUp = (error: unknown) => {
    log("error", bugText(error));
    push(BUG);
  };
  process.on("uncaughtException", giveUp);
  process.on("unhandledRejection", giveUp);
  for (const signal of UNHANDLED_SIGNALS) ignoreSignal(signal);
  const files = raiseOpenFiles();
  if (files !== undefined) log(files.problem === undefined ? "info" : "warn", openFilesText(files));
}

function openFilesText({ before, soft, hard, problem }: OpenFiles): string {
  const raised = problem === undefined ? (before === soft ? "" : `, raised from ${before}`) : `, which cannot be raised: ${problem}`;
  return `Open files: soft limit ${soft}${raised}; hard limit ${hard}`;
}
