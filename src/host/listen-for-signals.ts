import { STOP_SIGNALS, STRAY_SIGNALS } from "../linux/signals.ts";
import type { Event } from "../supervisor/state.ts";
import { ignoredSignals } from "./linux/ignored-signals.ts";

/** The signals received so far, and how this process stops itself. */
export interface Signals {
  /** Whether a stop signal has arrived. */
  readonly isStopRequested: () => boolean;
  /** Stops this process as Ctrl-Z does. Returns when it is continued, or at once when no process could continue it. */
  readonly suspend: () => void;
}

/**
 * Turns every signal into an event. The handlers are set before Envoy starts, so that no signal ends the agent or is lost, however early
 * it arrives. Signals that were ignored when the agent was started stay ignored, except those that request something: SIGTERM, SIGINT,
 * SIGUSR1 and SIGHUP, which then only means a reload.
 */
export function listenForSignals(push: (event: Event) => void): Signals {
  const isIgnored = ignoredSignals();
  let isStopping = false;
  for (const signal of STOP_SIGNALS) {
    if (signal === "SIGQUIT" && isIgnored(signal)) continue;
    process.on(signal, () => {
      isStopping = true;
      push({ kind: "terminate", signal });
    });
  }
  const isReload = isIgnored("SIGHUP");
  process.on("SIGHUP", () => push({ kind: "hang-up", isReload }));
  process.on("SIGUSR1", () => push({ kind: "reopen" }));
  process.on("SIGCONT", () => push({ kind: "resume" }));
  const suspended = () => push({ kind: "suspend" });
  if (!isIgnored("SIGTSTP")) process.on("SIGTSTP", suspended);
  for (const signal of STRAY_SIGNALS) {
    if (isIgnored(signal)) continue;
    let wasReported = false;
    process.on(signal, () => {
      if (!wasReported) push({ kind: "unused-signal", signal });
      wasReported = true;
    });
  }
  return {
    isStopRequested: () => isStopping,
    suspend() {
      // Without a handler the default action applies; the kernel drops the signal where no process could continue this one.
      process.off("SIGTSTP", suspended);
      process.kill(process.pid, "SIGTSTP");
      process.on("SIGTSTP", suspended);
    },
  };
}
