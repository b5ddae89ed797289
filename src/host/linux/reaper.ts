import { endedChild, reap } from "./libc.ts";

/** Pauses before another look when a child of the runtime's own stands before the orphans, in milliseconds. */
const FIRST_PAUSE = 1;
const LONGEST_PAUSE = 1_000;

export interface ReaperOptions {
  /** Whether a process was started by this program; the runtime waits for those itself. */
  readonly isOwn: (pid: number) => boolean;
  /** Told each orphan that was reaped. */
  readonly onOrphan?: (pid: number) => void;
  /** Told once, when there are orphans although this process is not PID 1. */
  readonly warn?: (text: string) => void;
}

/**
 * Removes every ended process that was handed to this one, and never takes the status of a child the runtime waits for:
 * it looks at the ended child first, and waits only for those that are not its own. Woken by SIGCHLD alone,
 * so it costs nothing while nobody ends. Returns what stops it.
 */
export function startReaper({ isOwn, onOrphan, warn }: ReaperOptions): () => void {
  let again: ReturnType<typeof setTimeout> | undefined;
  let pause = FIRST_PAUSE;
  let isWarned = process.pid === 1;
  const sweep = () => {
    clearTimeout(again);
    for (let pid = endedChild(); pid > 0; pid = endedChild()) {
      if (isOwn(pid)) {
        // The kernel shows the first of the ended ones only; the runtime takes it in a moment.
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
