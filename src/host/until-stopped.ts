import { signalNumber } from "../linux/signals.ts";

/** Resolves with the exit status 128+n when a stop signal arrives. */
export function untilStopped(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"] as const) process.on(signal, () => resolve(128 + signalNumber(signal)));
  });
}
