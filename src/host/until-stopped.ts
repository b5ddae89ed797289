import { signalNumber } from "../linux/signals.ts";

/** Resolves with the exit status of a stop that a signal asks for. */
export function untilStopped(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) process.on(signal, () => resolve(128 + signalNumber(signal)));
  });
}
