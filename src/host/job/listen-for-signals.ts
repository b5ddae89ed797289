import { signalNumber } from "../../envoy/exit-status.ts";
import { JOB_SIGNALS, type JobSignal, type StoppingSignal } from "../../supervisor/job-signals.ts";
import { textIn } from "../read-file.ts";

export interface Listening {
  /** The numbers of the signals that were ignored when this process was started. */
  readonly ignored: readonly number[];
  /** Stops this process by a signal that does then what it does by itself; returns when it is continued. */
  readonly stopBy: (signal: StoppingSignal) => void;
}

/** Tells of every signal that is meant for a job. */
export function listenForSignals(heard: (signal: JobSignal, isIgnored: boolean) => void): Listening {
  const ignored = ignoredSignals();
  const handlers = new Map<JobSignal, () => void>();
  for (const signal of JOB_SIGNALS) {
    const isIgnored = ignored.includes(signalNumber(signal));
    const handler = () => heard(signal, isIgnored);
    handlers.set(signal, handler);
    process.on(signal, handler);
  }
  return {
    ignored,
    stopBy(signal) {
      const handler = handlers.get(signal);
      if (handler === undefined) return;
      process.off(signal, handler);
      process.kill(process.pid, signal);
      process.on(signal, handler);
    },
  };
}

function ignoredSignals(): readonly number[] {
  const [, digits = "0"] = /^SigIgn:\t([0-9a-f]+)$/m.exec(textIn("/proc/self/status") ?? "") ?? [];
  const mask = BigInt(`0x${digits}`);
  return JOB_SIGNALS.map(signalNumber).filter((number) => (mask >> BigInt(number - 1)) & 1n);
}
