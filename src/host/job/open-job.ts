import type { Job } from "../../commands/host.ts";
import { bugText, ConfigError } from "../../common/errors.ts";
import { LONGEST_TIMER } from "../../common/longest-timer.ts";
import { signalNumber } from "../../linux/signals.ts";
import type { JobSignal } from "../../supervisor/job-signals.ts";
import type { Foreground, JobEvent } from "../../supervisor/job-state.ts";
import { reasonNotStarted } from "../envoy/start-failure.ts";
import { eventQueue } from "../event-queue.ts";
import { NO_LIBC, startLibc } from "../linux/start-libc.ts";
import { jobLibc } from "./job-libc.ts";
import { listenForSignals } from "./listen-for-signals.ts";
import { spawnJob } from "./spawn-job.ts";
import { isUnderShell, openTerminal } from "./terminal.ts";
import { watchChildren } from "./watch-children.ts";

const STOPS = ["SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGSTOP"] as const;
/**
 * Signals that a terminal sends to every process of its foreground group, also when it closes. Whether the terminal really sent one is
 * unknown: the foreground group may have changed since.
 */
const OF_TERMINAL = new Set<JobSignal>(["SIGINT", "SIGQUIT", "SIGTSTP", "SIGWINCH", "SIGHUP"]);

/**
 * Listens for signals and for changes of children, and runs a job in its own process group (RATIONALE.md, "A job runs in its own
 * process group"). @throws ConfigError when the C library is not available
 */
export function openJob(argv: readonly string[]): Job {
  if (startLibc === undefined) throw new ConfigError("Cannot run a job", [NO_LIBC]);
  const { events, push } = eventQueue<JobEvent>();
  // Without anything else to wait for, the runtime does not wait for signals but polls without a pause.
  setInterval(() => {}, LONGEST_TIMER);
  const terminal = openTerminal();
  /** The process id of the job, which is also its process group, until it has exited. */
  let job: number | undefined;
  const { ignored, stopBy } = listenForSignals((signal, isIgnored) => {
    const isOfTerminal = terminal.isThere && OF_TERMINAL.has(signal);
    push({ kind: "signal", signal, isOfTerminal, isIgnored });
  });
  const failed = (error: unknown) => push({ kind: "fail", bug: bugText(error) });
  process.on("uncaughtException", failed);
  process.on("unhandledRejection", failed);
  watchChildren((pid, change) => {
    if (pid !== job) return;
    if (change.kind === "ended") job = undefined;
    const event = change.kind === "ended" ? change : stopEvent(change.signal, terminal.foreground(pid));
    if (event !== undefined) push(event);
  });
  const run = () => {
    try {
      job = spawnJob(argv, ignored);
    } catch (error) {
      push(startFailure(argv, error));
    }
  };
  return {
    events,
    push,
    isInteractive: terminal.isOwn,
    start(command) {
      switch (command.kind) {
        case "run":
          run();
          break;
        case "pass":
          if (job !== undefined) jobLibc().kill(command.to === "group" ? -job : job, signalNumber(command.signal));
          break;
        case "pause":
          stopBy(command.signal, command.to);
          break;
        case "give-terminal":
          if (job !== undefined && (terminal.foreground(job) === "run" || !isUnderShell())) terminal.give(job);
          break;
        case "take-terminal":
          terminal.takeBack();
          break;
      }
    },
  };
}

/** Returns the event for a stop of the job; undefined for a signal that does not stop. */
function stopEvent(number: number, foreground: Foreground): JobEvent | undefined {
  const signal = STOPS.find((each) => signalNumber(each) === number);
  return signal === undefined ? undefined : { kind: "stopped", signal, foreground, isUnderShell: isUnderShell() };
}

function startFailure([command = ""]: readonly string[], error: unknown): JobEvent {
  const { reason, status } = reasonNotStarted(command, error);
  return { kind: "unstartable", problem: `Cannot run "${command}": ${reason}`, status };
}
