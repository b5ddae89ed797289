import type { Envoys } from "../../commands/host.ts";
import { bugText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import type { Environment } from "../../inputs/environment.ts";
import { BUG } from "../../supervisor/supervise.ts";
import { watchdogInterval } from "../../supervisor/watchdog-interval.ts";
import { ignoreSignal } from "../libc.ts";
import { isOwn } from "../own-children.ts";
import { openNotify, reloading } from "./notify-systemd.ts";
import { type OpenFiles, raiseOpenFiles } from "./open-files.ts";
import { startReaper } from "./reaper.ts";

/** What the agent owes the operating system while its Envoy runs. */
export interface Duties {
  /** Tells systemd, where it asks. */
  readonly notify: (state: "READY" | "STOPPING" | "RELOADING") => void;
  /** Whether somebody waits to hear that Envoy is live. */
  readonly isAwaited: boolean;
  /** Reports an exception that nobody foresaw, and has Envoy stopped in order. */
  readonly giveUp: (error: unknown) => void;
  readonly close: () => void;
}

/** Signals the runtime cannot handle and that end a process: SIGSTKFLT, and the real-time signals programs may use. */
const OUT_OF_REACH = [16, ...Array.from({ length: 31 }, (_, count) => 34 + count)];

/** Orphans, the limit of open files, the service manager. */
export function takeDuties(envoys: Envoys, environment: Environment, log: Log): Duties {
  const giveUp = (error: unknown) => {
    log("error", bugText(error));
    envoys.push(BUG);
  };
  process.on("uncaughtException", giveUp);
  process.on("unhandledRejection", giveUp);
  for (const signal of OUT_OF_REACH) ignoreSignal(signal);
  const stopReaper = startReaper({ isOwn, warn: (text) => log("warn", text) });
  const files = raiseOpenFiles();
  if (files !== undefined) log(files.problem === undefined ? "info" : "warn", openFilesText(files));
  const notify = openNotify(environment);
  const interval = notify === undefined ? undefined : watchdogInterval(environment, process.pid);
  const watchdog = interval === undefined ? undefined : setInterval(() => notify?.("WATCHDOG=1"), interval);
  return {
    isAwaited: notify !== undefined,
    giveUp,
    notify: (state) => void notify?.(state === "RELOADING" ? reloading() : `${state}=1`),
    close() {
      stopReaper();
      clearInterval(watchdog);
    },
  };
}

function openFilesText({ before, soft, hard, problem }: OpenFiles): string {
  const raised = problem === undefined ? (before === soft ? "" : `, raised from ${before}`) : `, which cannot be raised: ${problem}`;
  return `Open files: soft limit ${soft}${raised}; hard limit ${hard}`;
}
