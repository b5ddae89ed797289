import { constants } from "node:os";

/** How a process ended: with a code, or by a signal (name, or number of a real-time signal). */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | number | null;
}

/** Statuses of the agent itself (design §6). */
export const STATUS = { stopped: 0, found: 1, bug: 70, notExecutable: 126, notFound: 127, unread: 141, refused: 255 } as const;

const ASKED: readonly (string | number)[] = ["SIGTERM", "SIGINT", "SIGKILL"];

/**
 * The agent's status for the end of Envoy: its code, or 128 and the signal's number. A stop that was asked for is 0 when
 * Envoy ended with 0 or of a signal the agent sent (design §6). `sent` names those signals.
 */
export function exitStatus({ code, signal }: Exit, sent: readonly string[]): number {
  if (signal === null) return code ?? STATUS.bug;
  if (ASKED.includes(signal) && sent.includes(String(signal))) return STATUS.stopped;
  return 128 + (typeof signal === "number" ? signal : (signalNumber(signal) ?? 0));
}

/** How an end is told in a log line, in Go's words. */
export function exitText({ code, signal }: Exit): string {
  return signal === null ? `exit status ${code}` : `signal: ${String(signal)}`;
}

function signalNumber(name: string): number | undefined {
  return Object.entries(constants.signals).find(([each]) => each === name)?.[1];
}
