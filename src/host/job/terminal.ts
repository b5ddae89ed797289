import { signalNumber } from "../../linux/signals.ts";
import type { Foreground } from "../../supervisor/job-state.ts";
import { tryReadText } from "../files/read-file.ts";
import { jobLibc, signalSet } from "./job-libc.ts";

const O_CLOEXEC = 0o2000000;
const SIG_BLOCK = 0;
const SIG_SETMASK = 2;

/** The controlling terminal of this process, if any. */
export interface Terminal {
  readonly isThere: boolean;
  /** Whether this process leads its group and reads from and writes to the terminal, so that no other program of its group does. */
  readonly isOwn: boolean;
  /** Whose process group is in the foreground; a job leads its own group. */
  readonly foreground: (job: number | undefined) => Foreground;
  /** Moves a process group to the foreground. */
  readonly give: (group: number) => void;
  /** Moves our own group back to the foreground, if the group last given the terminal still has it. */
  readonly takeBack: () => void;
}

/** Opens the controlling terminal. */
export function openTerminal(): Terminal {
  const { open, tcgetpgrp } = jobLibc();
  const group = groupOf(process.pid);
  const descriptor = open("/dev/tty", O_CLOEXEC);
  let given: number | undefined;
  const put = (to: number) => quietly(() => jobLibc().tcsetpgrp(descriptor, to));
  return {
    isThere: descriptor >= 0,
    isOwn: group === process.pid && [0, 1].every((stream) => tcgetpgrp(stream) >= 0),
    foreground(job) {
      const found = tcgetpgrp(descriptor);
      return found < 0 ? "none" : found === group ? "run" : found === job ? "job" : "other";
    },
    give(to) {
      given = to;
      put(to);
    },
    takeBack() {
      if (tcgetpgrp(descriptor) === given) put(group);
    },
  };
}

/**
 * Returns whether this process, once stopped at the terminal, can be continued by a process of another group in its session. This is the
 * rule of the kernel, except that it considers the parents of all processes in the group.
 */
export function isUnderShell(): boolean {
  const { getsid } = jobLibc();
  const group = groupOf(process.pid);
  for (let pid = process.ppid; pid > 0 && getsid(pid) === getsid(0); pid = parentOf(pid)) if (groupOf(pid) !== group) return true;
  return false;
}

function groupOf(pid: number): number {
  return jobLibc().getpgid(pid);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\t(\d+)$/m.exec(tryReadText(`/proc/${pid}/status`) ?? "")?.[1] ?? 0);
}

/** Changes the foreground group. From the background the kernel would stop the caller, unless SIGTTOU is blocked. */
function quietly(change: () => void): void {
  const { sigprocmask } = jobLibc();
  const before = signalSet([]);
  sigprocmask(SIG_BLOCK, signalSet([signalNumber("SIGTTOU")]), before);
  change();
  sigprocmask(SIG_SETMASK, before, null);
}
