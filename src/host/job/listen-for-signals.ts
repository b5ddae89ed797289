import { signalNumber } from "../../linux/signals.ts";
import { JOB_SIGNALS, type JobSignal, type StoppingSignal } from "../../supervisor/job-signals.ts";
import { ignoredSignals } from "../linux/ignored-signals.ts";

/** The signal handlers of a job. */
export interface Listening {
  /** The numbers of the signals that were ignored when this process was started. */
  readonly ignored: readonly number[];
  /** Stops this process, or its whole group, by a signal with its default action; returns when it is continued. */
  readonly stopBy: (signal: StoppingSignal, to: "run" | "group") => void;
}

/** Reports every signal that concerns a job. */
export function listenForSignals(received: (signal: JobSignal, isIgnored: boolean) => void): Listening {
  const isIgnored = ignoredSignals();
  const ignored = JOB_SIGNALS.filter(isIgnored).map(signalNumber);
  const handlers = new Map<JobSignal, () => void>();
  for (const signal of JOB_SIGNALS) {
    const wasIgnored = isIgnored(signal);
    const handler = () => received(signal, wasIgnored);
    handlers.set(signal, handler);
    process.on(signal, handler);
  }
  return {
    ignored,
    stopBy(signal, to) {
      const handler = handlers.get(signal);
      if (handler === undefined) return;
      process.off(signal, handler);
      process.kill(to === "group" ? 0 : process.pid, signal);
      process.on(signal, handler);
    },
  };
}
