import { LONGEST_TIMER } from "../../common/longest-timer.ts";

/** Returns a signal that aborts after a time in milliseconds; never at 0 or less, as in Go's client. */
export function timeLimit(milliseconds: number): AbortSignal {
  return milliseconds > 0 ? AbortSignal.timeout(Math.min(milliseconds, LONGEST_TIMER)) : new AbortController().signal;
}
