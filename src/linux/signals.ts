/** The signals of Linux on x86-64 and arm64 in numerical order, from 1. */
const SIGNALS = [
  "HUP",
  "INT",
  "QUIT",
  "ILL",
  "TRAP",
  "ABRT",
  "BUS",
  "FPE",
  "KILL",
  "USR1",
  "SEGV",
  "USR2",
  "PIPE",
  "ALRM",
  "TERM",
  "STKFLT",
  "CHLD",
  "CONT",
  "STOP",
  "TSTP",
  "TTIN",
  "TTOU",
  "URG",
  "XCPU",
  "XFSZ",
  "VTALRM",
  "PROF",
  "WINCH",
  "IO",
  "PWR",
  "SYS",
];

/** Returns the number of a signal such as SIGTERM; 0 if Linux does not have it. */
export function signalNumber(name: string): number {
  return SIGNALS.indexOf(name.slice("SIG".length)) + 1;
}

/** Signals that request an orderly stop: from runtimes and service managers, Ctrl-C and Ctrl-\. */
export const STOP_SIGNALS = ["SIGTERM", "SIGINT", "SIGQUIT"] as const;
export type StopSignal = (typeof STOP_SIGNALS)[number];

/** Signals without a meaning for the agent; each would end a process that does not handle it. */
export const STRAY_SIGNALS = ["SIGUSR2", "SIGALRM", "SIGIO", "SIGXCPU", "SIGVTALRM", "SIGPROF"] as const;
export type StraySignal = (typeof STRAY_SIGNALS)[number];

/**
 * Every signal the agent handles. Excluded are SIGKILL and SIGSTOP, which cannot be handled, the signals of a crash (SIGSEGV and similar),
 * and those the runtime cannot handle (listed in RATIONALE.md).
 */
export const HANDLED_SIGNALS = [...STOP_SIGNALS, "SIGHUP", "SIGUSR1", "SIGTSTP", "SIGCONT", ...STRAY_SIGNALS] as const;
