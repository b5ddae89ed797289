import type { Job } from "../../commands/host.ts";
import { bugText, ConfigError } from "../../common/errors.ts";
import { LONGEST_TIMER } from "../../common/longest-timer.ts";
import { signalNumber } from "../../linux/signals.ts";
import type { JobSignal } from "../../supervisor/job-signals.ts";
import type { Foreground, JobEvent, ProcessCommand } from "../../supervisor/job-state.ts";
import { reasonNotStarted } from "../envoy/start-failure.ts";
import { eventQueue } from "../event-queue.ts";
import { NO_LIBC, startLibc } from "../linux/start-libc.ts";
import { jobLibc } from "./job-libc.ts";
import { type Listening, listenForSignals } from "./listen-for-signals.ts";
import { spawnJob } from "./spawn-job.ts";
import { isUnderShell, openTerminal, type Terminal } from "./terminal.ts";
import { type Change, watchChildren } from "./watch-children.ts";

const STOPS = ["SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGSTOP"] as const;
/**
 * Signals that a terminal sends to every process of its foreground group, also when it closes. Whether the terminal really sent one is
 * unknown: the foreground group may have changed since.
 */
const OF_TERMINAL = new Set<JobSignal>(["SIGINT", "SIGQUIT", "SIGTSTP", "SIGWINCH", "SIGHUP"]);

/** A job, started or not, and what it works with. */
interface Opened {
  readonly argv: readonly string[];
  readonly terminal: Terminal;
  readonly signals: Listening;
  readonly push: (event: JobEvent) => void;
  /** The process id of the job, which is also its process group, until it has exited. */
  pid: number | undefined;
}

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
  const signals = listenForSignals((signal, isIgnored) => {
    const isOfTerminal = terminal.isThere && OF_TERMINAL.has(signal);
    push({ kind: "signal", signal, isOfTerminal, isIgnored });
  });
  const failed = (error: unknown) => push({ kind: "fail", bug: bugText(error) });
  process.on("uncaughtException", failed);
  process.on("unhandledRejection", failed);
  const job: Opened = { argv, terminal, signals, push, pid: undefined };
  watchChildren((pid, change) => childChanged(job, pid, change));
  return { events, push, isInteractive: terminal.isOwn, start: (command) => perform(job, command) };
}

function childChanged(job: Opened, pid: number, change: Change): void {
  if (pid !== job.pid) return;
  if (change.kind === "ended") job.pid = undefined;
  const event = change.kind === "ended" ? change : stopEvent(change.signal, job.terminal.foreground(pid));
  if (event !== undefined) job.push(event);
}

function perform(job: Opened, command: ProcessCommand): void {
  const { terminal, pid } = job;
  switch (command.kind) {
    case "run":
      run(job);
      break;
    case "pass":
      if (pid !== undefined) jobLibc().kill(command.to === "group" ? -pid : pid, signalNumber(command.signal));
      break;
    case "pause":
      job.signals.stopBy(command.signal, command.to);
      break;
    case "give-terminal":
      if (pid !== undefined && (terminal.foreground(pid) === "run" || !isUnderShell())) terminal.give(pid);
      break;
    case "take-terminal":
      terminal.takeBack();
      break;
  }
}

function run(job: Opened): void {
  try {
    job.pid = spawnJob(job.argv, job.signals.ignored);
  } catch (error) {
    job.push(startFailure(job.argv, error));
  }
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
