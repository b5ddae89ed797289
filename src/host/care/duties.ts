import type { Envoys } from "../../commands/host.ts";
import { STATUS } from "../../envoy/exit-status.ts";
import type { Environment } from "../../inputs/environment.ts";
import { bugText } from "../../inputs/errors.ts";
import type { Log } from "../../inputs/notice.ts";
import { watchdogInterval } from "../../supervisor/watchdog-interval.ts";
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
  readonly close: () => void;
}

/** Signals, orphans, the limit of open files, the service manager (design §5.5, §5.7). */
export function takeDuties(envoys: Envoys, environment: Environment, log: Log): Duties {
  process.on("SIGHUP", () => envoys.push({ kind: "renew", trigger: "SIGHUP" }));
  process.on("SIGUSR1", () => envoys.push({ kind: "reopen" }));
  const giveUp = (error: unknown) => {
    log("error", bugText(error));
    envoys.push({ kind: "fail", status: STATUS.bug, why: "a bug in attache" });
  };
  process.on("uncaughtException", giveUp);
  process.on("unhandledRejection", giveUp);
  const stopReaper = startReaper({ isOwn, warn: (text) => log("warn", text) });
  const files = raiseOpenFiles();
  if (files !== undefined) log(files.problem === undefined ? "info" : "warn", openFilesText(files));
  const notify = openNotify(environment);
  const interval = notify === undefined ? undefined : watchdogInterval(environment, process.pid);
  const watchdog = interval === undefined ? undefined : setInterval(() => notify?.("WATCHDOG=1"), interval);
  return {
    isAwaited: notify !== undefined,
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
