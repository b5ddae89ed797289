import { LONGEST_TIMER } from "../../common/longest-timer.ts";

/** A limit in time. */
export interface TimeLimit {
  /** Aborted with a TimeoutError when the time is over. */
  readonly signal: AbortSignal;
  /** Ends the limit: the timer of an `AbortSignal.timeout()` would also wake an agent that has its answer. */
  readonly end: () => void;
}

/** Begins a time limit in milliseconds; 0 or less means no limit, as in Go's client. */
export function timeLimit(milliseconds: number): TimeLimit {
  const over = new AbortController();
  const abort = () => over.abort(new DOMException("", "TimeoutError"));
  const timer = milliseconds > 0 ? setTimeout(abort, Math.min(milliseconds, LONGEST_TIMER)) : undefined;
  return { signal: over.signal, end: () => clearTimeout(timer) };
}
