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

/** The bit of SIGKILL in a mask of pending signals. */
const SIGKILL = 1n << 8n;

/**
 * Returns whether a process has ended or is about to, from its /proc/PID/status: until it is reaped, SIGKILL stays pending for the whole
 * process, also while the kernel frees its memory.
 */
export function isEnding(status: string): boolean {
  const pending = /^ShdPnd:\s+([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";
  return /^State:\s+[ZX]/m.test(status) || (BigInt(`0x${pending}`) & SIGKILL) !== 0n;
}

/** Formats the end of a process as Go does. */
export function exitText({ code, signal }: Exit): string {
  return signal === null ? `exit status ${code}` : `signal: ${String(signal)}`;
}
