/** The signals of Linux on x86-64 and arm64, in the order of their numbers, from 1. */
const SIGNALS = [
  ...["HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT"],
  ...["CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"],
];

/** The number of a signal by its name, such as SIGTERM; 0 for one that Linux does not have. */
export function signalNumber(name: string): number {
  return SIGNALS.indexOf(name.slice("SIG".length)) + 1;
}

/** Signals that ask for a stop in order: those of runtimes and service managers, of Ctrl-C and of Ctrl-\. */
export const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGQUIT"] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** Signals nobody means for this program, each of which ends a process that does not handle it. */
export const STRAY_SIGNALS = ["SIGUSR2", "SIGALRM", "SIGIO", "SIGXCPU", "SIGVTALRM", "SIGPROF"] as const;
export type StraySignal = (typeof STRAY_SIGNALS)[number];

/**
 * Every signal the agent handles. Left out are SIGKILL and SIGSTOP, which nothing handles, those of a broken program (SIGSEGV
 * and its kind), and what the runtime cannot handle (named in RATIONALE.md).
 */
export const HANDLED_SIGNALS = [...STOP_SIGNALS, "SIGHUP", "SIGUSR1", "SIGTSTP", "SIGCONT", ...STRAY_SIGNALS] as const;
