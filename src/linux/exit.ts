import { STATUS } from "../common/exit-status.ts";
import { signalNumber } from "./signals.ts";

/** How a process ended: an exit code, or a signal (its name, or the number of a real-time signal). */
export interface Exit {
  readonly code: number | null;
  readonly signal: string | number | null;
}

/** Signals that are a normal end for a process that was asked to stop. */
const STOP_ENDS: readonly (string | number)[] = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGKILL"];

/**
 * Returns the agent's exit status for the end of a process: its code, or 128 plus the signal number. A requested stop is 0 if the process
 * exits with 0 or by one of the `excused` signals, those that the agent sent or that requested the stop.
 */
export function exitStatus({ code, signal }: Exit, excused: readonly string[]): number {
  if (signal === null) return code ?? STATUS.bug;
  if (STOP_ENDS.includes(signal) && excused.includes(String(signal))) return STATUS.stopped;
  return 128 + (typeof signal === "number" ? signal : signalNumber(signal));
}

/** Formats the end of a process as Go does. */
export function exitText({ code, signal }: Exit): string {
  return signal === null ? `exit status ${code}` : `signal: ${String(signal)}`;
}
