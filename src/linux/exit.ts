import { STATUS } from "../common/exit-status.ts";
import { signalNumber } from "./signals.ts";

/** How a process ended: with a code, or by a signal (name, or number of a real-time signal). */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | number | null;
}

/** Signals that end a process without being its fault, where it was asked to end so. */
const ASKED: readonly (string | number)[] = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGKILL"];

/**
 * The agent's exit status for the end of a process: its code, or 128 and the signal's number. A stop that was asked for is 0 when
 * the process ended with 0 or of a signal that the agent sent or that asked for the stop: those are `excused`.
 */
export function exitStatus({ code, signal }: Exit, excused: readonly string[]): number {
  if (signal === null) return code ?? STATUS.bug;
  if (ASKED.includes(signal) && excused.includes(String(signal))) return STATUS.stopped;
  return 128 + (typeof signal === "number" ? signal : signalNumber(signal));
}

/** Returns how a log line says an end, in Go's words. */
export function exitText({ code, signal }: Exit): string {
  return signal === null ? `exit status ${code}` : `signal: ${String(signal)}`;
}
