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
