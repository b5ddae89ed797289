import { signalNumber } from "../envoy/exit-status.ts";
import { STOP_SIGNALS, STRAY_SIGNALS } from "../inputs/signals.ts";
import type { Event } from "../supervisor/state.ts";
import { quickRead } from "./quick-files.ts";

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
  const ignored = ignoredSignals();
  const isIgnored = (signal: string) => (ignored & (1 << (signalNumber(signal) - 1))) !== 0;
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
      if (!isKnown) push({ kind: "stray", signal });
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

/** Where the mask of ignored signals stands in `/proc/self/status`, and the eight digits of its sixteen that hold the standard signals. */
const LABEL = "SigIgn:\t";
const DIGITS = [8, 16] as const;

/** The signals 1 to 32 this process was started with as ignored, one bit each. */
function ignoredSignals(): number {
  const bytes = quickRead("/proc/self/status");
  if (bytes === undefined || bytes === "missing") return 0;
  const text = new TextDecoder().decode(bytes);
  const at = text.indexOf(LABEL) + LABEL.length;
  return at < LABEL.length ? 0 : Number.parseInt(text.slice(at + DIGITS[0], at + DIGITS[1]), 16);
}
