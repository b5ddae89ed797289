import { STOP_SIGNALS, STRAY_SIGNALS } from "../linux/signals.ts";
import type { Event } from "../supervisor/state.ts";
import { ignoredSignals } from "./linux/ignored-signals.ts";

/** What the signals of this process have said so far, and how it stops itself. */
export interface Signals {
  /** Whether a stop was asked for. */
  readonly isAskedToStop: () => boolean;
  /** Stops this process as Ctrl-Z does; returns when it goes on, at once where nobody could continue it. */
  readonly suspend: () => void;
}

/**
 * Makes an event of every signal: handlers are set before Envoy's start, so that none ends the agent or is lost, however early it
 * comes. What whoever started the agent has it ignore stays ignored, but for what asks for something: SIGTERM, SIGINT, SIGUSR1, and
 * SIGHUP, of which only a reload then counts.
 */
export function listenForSignals(push: (event: Event) => void): Signals {
  const isIgnored = ignoredSignals();
  let asked = false;
  for (const signal of STOP_SIGNALS) {
    if (signal === "SIGQUIT" && isIgnored(signal)) continue;
    process.on(signal, () => {
      asked = true;
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
    let isKnown = false;
    process.on(signal, () => {
      if (!isKnown) push({ kind: "unused-signal", signal });
      isKnown = true;
    });
  }
  return {
    isAskedToStop: () => asked,
    suspend() {
      // Without a listener the signal does what it does by itself: the kernel drops it where it could never be continued.
      process.off("SIGTSTP", suspended);
      process.kill(process.pid, "SIGTSTP");
      process.on("SIGTSTP", suspended);
    },
  };
}
