import { STATUS } from "../common/exit-status.ts";
import { exitStatus } from "../linux/exit.ts";
import { signalNumber } from "../linux/signals.ts";
import { isStopping, isTerminating } from "./job-signals.ts";
import type { JobCommand, JobEvent, JobRules, JobState, JobStepped } from "./job-state.ts";
import { logLine, type OfKind, prepend } from "./machine.ts";

/** Returns the next state of `run` after an event, and the commands to execute, whose ends come back as events. */
export function jobStep(rules: JobRules, state: JobState, event: JobEvent): JobStepped {
  switch (state.kind) {
    case "waiting":
      return waiting(rules, state, event);
    case "running":
      return running(rules, state, event);
    case "quitting":
      return quitting(state, event);
    case "done":
      return [state, []];
  }
}

function waiting(rules: JobRules, state: JobState, event: JobEvent): JobStepped {
  switch (event.kind) {
    case "ready": {
      const usesTerminal = rules.isInteractive;
      return [{ kind: "running", usesTerminal }, [{ kind: "run" }, ...(usesTerminal ? [GIVE_TERMINAL] : [])]];
    }
    case "not-ready":
      return finish(rules, STATUS.refused);
    case "fail":
      return prepend([{ kind: "stop-waiting" }, logLine("error", event.bug)], finish(rules, STATUS.bug));
    case "signal":
      return signalWhileWaiting(rules, state, event);
    default:
      return [state, []];
  }
}

/** Without a job yet, a signal has its default effect. */
function signalWhileWaiting(rules: JobRules, state: JobState, { signal, isOfTerminal, isIgnored }: OfKind<JobEvent, "signal">): JobStepped {
  if (isIgnored) return [state, []];
  if (isStopping(signal)) return [state, [{ kind: "pause", signal, to: "run" }]];
  // Container images may use SIGWINCH as stop signal (httpd); from a terminal it means a change of size.
  if (!isTerminating(signal) && (signal !== "SIGWINCH" || isOfTerminal)) return [state, []];
  const text = `Received ${signal} while waiting for the proxy: the job is not started`;
  return prepend([{ kind: "stop-waiting" }, logLine("info", text)], finish(rules, 128 + signalNumber(signal)));
}

function running(rules: JobRules, state: OfKind<JobState, "running">, event: JobEvent): JobStepped {
  const { usesTerminal } = state;
  switch (event.kind) {
    case "signal": {
      const { signal, isOfTerminal } = event;
      if (signal === "SIGCONT") return [state, [...(usesTerminal ? [GIVE_TERMINAL] : []), CONTINUE]];
      return [state, [{ kind: "pass", signal, to: isOfTerminal ? "group" : "job" }]];
    }
    case "stopped":
      return stopped(state, event);
    case "unstartable":
      return prepend([logLine("error", event.problem)], finish(rules, event.status));
    case "ended":
      return prepend(usesTerminal ? [{ kind: "take-terminal" }] : [], finish(rules, exitStatus(event.exit, [])));
    case "fail":
      return [state, [logLine("error", event.bug)]];
    default:
      return [state, []];
  }
}

/** A job stopped at a terminal stops `run` too, so that its shell takes over; without a shell to continue it, the job is continued. */
function stopped(state: OfKind<JobState, "running">, { signal, foreground, isUnderShell }: OfKind<JobEvent, "stopped">): JobStepped {
  if (foreground === "none") return [state, []];
  const wantsTerminal = signal === "SIGTTIN" || signal === "SIGTTOU";
  const next: JobState = { kind: "running", usesTerminal: state.usesTerminal || wantsTerminal };
  if (wantsTerminal && (foreground !== "other" || !isUnderShell)) return [next, [GIVE_TERMINAL, CONTINUE]];
  if (!isUnderShell) return [state, signal === "SIGSTOP" ? [] : [CONTINUE]];
  // A signal from the terminal to our group has stopped its other members already.
  const to = foreground === "run" && signal === "SIGTSTP" ? "run" : "group";
  return [next, [{ kind: "pause", signal: signal === "SIGSTOP" ? "SIGTSTP" : signal, to }]];
}

/** The job's exit status is final; the rest takes a limited time. */
function quitting(state: OfKind<JobState, "quitting">, event: JobEvent): JobStepped {
  const { status } = state;
  switch (event.kind) {
    case "quit-answered":
      return [{ kind: "done", status }, event.problem === undefined ? [] : [logLine("warn", event.problem)]];
    case "fail":
      return [{ kind: "done", status }, [logLine("error", event.bug)]];
    default:
      return [state, []];
  }
}

function finish({ quit }: JobRules, status: number): JobStepped {
  if (quit === "always" || (quit === "on-success" && status === STATUS.stopped)) return [{ kind: "quitting", status }, [{ kind: "quit" }]];
  return [
    { kind: "done", status },
    quit === "never" ? [] : [logLine("info", `The proxy keeps running (--quit ${quit}): the exit status is ${status}`)],
  ];
}

const GIVE_TERMINAL: JobCommand = { kind: "give-terminal" };
/** Signals the whole group, as the terminal stops all of it. */
const CONTINUE: JobCommand = { kind: "pass", signal: "SIGCONT", to: "group" };
