import { endedChild, reap } from "./libc.ts";

/** Milliseconds until the next check while a child of the runtime hides the orphans behind it. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 1_000;

export interface ReaperOptions {
  /** Whether this program started a process; the runtime waits for those itself. */
  readonly isOwn: (pid: number) => boolean;
  /** Called for each reaped orphan. */
  readonly onOrphan?: (pid: number) => void;
  /** Called once when there are orphans although this process is not PID 1. */
  readonly warn?: (text: string) => void;
}

/**
 * Reaps every orphan that was reparented to this process, and never a child that the runtime waits for: it reads which child has exited
 * before it waits for it. Runs on SIGCHLD only. Returns a function that stops it.
 */
export function startReaper({ isOwn, onOrphan, warn }: ReaperOptions): () => void {
  let again: ReturnType<typeof setTimeout> | undefined;
  let pause = FIRST_PAUSE;
  let isWarned = process.pid === 1;
  const sweep = () => {
    clearTimeout(again);
    for (let pid = endedChild(); pid > 0; pid = endedChild()) {
      if (isOwn(pid)) {
        // The kernel shows only the first exited child; the runtime reaps it soon.
        again = setTimeout(sweep, pause).unref();
        pause = Math.min(pause * 2, LONGEST_PAUSE);
        return;
      }
      reap(pid);
      pause = FIRST_PAUSE;
      onOrphan?.(pid);
      if (isWarned) continue;
      isWarned = true;
      warn?.(`Reaped process ${pid}, which attache did not start: it receives orphans although it is not PID 1`);
    }
    pause = FIRST_PAUSE;
  };
  process.on("SIGCHLD", sweep);
  sweep();
  return () => {
    process.off("SIGCHLD", sweep);
    clearTimeout(again);
  };
}
