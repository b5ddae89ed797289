/** Signals that end a program that does not handle them, as sent by users and container runtimes. */
const TERMINATING = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGABRT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGALRM",
  "SIGTERM",
  "SIGXCPU",
  "SIGVTALRM",
  "SIGPROF",
  "SIGIO",
] as const;

/** Job control signals that stop a program that does not handle them. */
const STOPPING = ["SIGTSTP", "SIGTTIN", "SIGTTOU"] as const;

/** Signals that a program may ignore by default. SIGCONT continues a stopped one. */
const HARMLESS = ["SIGCONT", "SIGWINCH", "SIGURG"] as const;

export type StoppingSignal = (typeof STOPPING)[number];
export type JobSignal = (typeof TERMINATING)[number] | StoppingSignal | (typeof HARMLESS)[number];

/**
 * Every signal that is forwarded to a job. Excluded are SIGKILL and SIGSTOP, which cannot be handled; SIGCHLD, SIGPIPE and SIGXFSZ, which
 * concern this process; the signals of a crash (SIGSEGV and similar); and those the runtime cannot handle.
 */
export const JOB_SIGNALS: readonly JobSignal[] = [...TERMINATING, ...STOPPING, ...HARMLESS];

/** Returns whether a signal ends a program that does not handle it. */
export function isTerminating(signal: JobSignal): boolean {
  return TERMINATING.some((each) => each === signal);
}

/** Returns whether a signal stops a program that does not handle it, until it is continued. */
export function isStopping(signal: JobSignal): signal is StoppingSignal {
  return STOPPING.some((each) => each === signal);
}
