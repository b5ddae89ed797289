/** How a process ended: with a code, or by a signal (name, or number of a real-time signal). */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | number | null;
}

/** Statuses of the agent itself (design §6). */
export const STATUS = { stopped: 0, found: 1, bug: 70, notExecutable: 126, notFound: 127, unread: 141, refused: 255 } as const;

/** What ends an Envoy without being its fault, where it was asked to end so. */
const ASKED: readonly (string | number)[] = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGKILL"];

/**
 * The agent's status for the end of Envoy: its code, or 128 and the signal's number. A stop that was asked for is 0 when
 * Envoy ended with 0 or of a signal the agent sent, or that asked for the stop (design §6). `sent` names those signals.
 */
export function exitStatus({ code, signal }: Exit, sent: readonly string[]): number {
  if (signal === null) return code ?? STATUS.bug;
  if (ASKED.includes(signal) && sent.includes(String(signal))) return STATUS.stopped;
  return 128 + (typeof signal === "number" ? signal : signalNumber(signal));
}

/** How an end is told in a log line, in Go's words. */
export function exitText({ code, signal }: Exit): string {
  return signal === null ? `exit status ${code}` : `signal: ${String(signal)}`;
}

/** The signals of Linux on x86-64 and arm64, in the order of their numbers, from 1. */
const SIGNALS = [
  ...["HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM", "STKFLT"],
  ...["CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS"],
];

/** The number of a signal by its name, such as SIGTERM; 0 for one that Linux does not have. */
export function signalNumber(name: string): number {
  return SIGNALS.indexOf(name.slice("SIG".length)) + 1;
}
