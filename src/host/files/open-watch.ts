import { closeSync, type FSWatcher, openSync, watch } from "node:fs";
import { pathIdentity } from "./path-identity.ts";
import { errorCode, reasonOf } from "./read-file.ts";

/** What two errors of inotify mean; its limits apply to the whole machine. */
const INOTIFY: Readonly<Record<string, string>> = {
  ENOSPC: "the user's limit of inotify watches is reached; raise fs.inotify.max_user_watches",
  EMFILE: "the user's limit of inotify instances is reached; raise fs.inotify.max_user_instances",
};
const NO_DESCRIPTOR = "the agent has no file descriptor left; raise the limit of open files (ulimit -n)";

/** Milliseconds until watches that could not be opened are tried again: the first time, and at most. */
const FIRST_RETRY = 1_000;
const LAST_RETRY = 60_000;

/** Is called when something happens to a path, or to a name in it if it is a directory; without a type and a name if the watch has failed. */
export type Heard = (type: string, name: string | null) => void;

/** Opens the watch of a path; returns undefined if it cannot be watched. */
export type OpenWatch = (path: string, heard: Heard) => FSWatcher | undefined;

/** Returns what opens watches. `warn` is called once for each path that exists but cannot be watched. */
export function watchOpener(warn: (problem: string) => void): OpenWatch {
  const reported = new Set<string>();
  return (path, heard) => {
    try {
      return watch(path, { persistent: false }, heard).on("error", () => heard("error", null));
    } catch (error) {
      // It may have been removed in the meantime.
      if (pathIdentity(path, "any") === undefined) return undefined;
      const problem = `Cannot watch "${path}" for changes: ${problemOf(error)}`;
      if (!reported.has(problem)) warn(problem);
      reported.add(problem);
      return undefined;
    }
  };
}

/** Returns what repeats an action, with growing waits, until it returns false. */
export function retryLater(action: () => boolean): { readonly schedule: () => void } {
  let wait = FIRST_RETRY;
  let isScheduled = false;
  const retry = () => {
    isScheduled = false;
    const again = action();
    wait = again ? Math.min(2 * wait, LAST_RETRY) : FIRST_RETRY;
    if (again) schedule();
  };
  const schedule = () => {
    if (!isScheduled) setTimeout(retry, wait).unref();
    isScheduled = true;
  };
  return { schedule };
}

function problemOf(error: unknown): string {
  const code = errorCode(error);
  return code === "EMFILE" && !canOpen() ? NO_DESCRIPTOR : (INOTIFY[code] ?? reasonOf(error));
}

/** Reports whether the process has a descriptor left: both limits have the same error. */
function canOpen(): boolean {
  try {
    closeSync(openSync("/dev/null", "r"));
    return true;
  } catch {
    return false;
  }
}
