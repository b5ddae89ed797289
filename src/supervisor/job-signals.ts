/** Signals that end a program which does not handle them, as far as a person or a container runtime sends them. */
const ENDING = [
  ...(["SIGHUP", "SIGINT", "SIGQUIT", "SIGABRT", "SIGUSR1", "SIGUSR2", "SIGALRM"] as const),
  ...(["SIGTERM", "SIGXCPU", "SIGVTALRM", "SIGPROF", "SIGIO"] as const),
];

/** Signals of job control that stop a program which does not handle them. */
const STOPPING = ["SIGTSTP", "SIGTTIN", "SIGTTOU"] as const;

/** Signals that change nothing for a program which does not handle them. SIGCONT continues one that is stopped. */
const HARMLESS = ["SIGCONT", "SIGWINCH", "SIGURG"] as const;

export type StoppingSignal = (typeof STOPPING)[number];
export type JobSignal = (typeof ENDING)[number] | StoppingSignal | (typeof HARMLESS)[number];

/**
 * Every signal that is passed on to a job. Left out are SIGKILL and SIGSTOP, which nothing handles; SIGCHLD, SIGPIPE and SIGXFSZ,
 * which speak of this process itself; those of a broken program (SIGSEGV and its kind); and what the runtime cannot handle.
 */
export const JOB_SIGNALS: readonly JobSignal[] = [...ENDING, ...STOPPING, ...HARMLESS];

export function isEnding(signal: JobSignal): boolean {
  return ENDING.some((each) => each === signal);
}

export function isStopping(signal: JobSignal): signal is StoppingSignal {
  return STOPPING.some((each) => each === signal);
}
