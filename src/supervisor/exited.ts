import { EXITED_UNREQUESTED, QUIT_HINT } from "../envoy/end-hints.ts";
import { type Exit, exitStatus, exitText } from "../linux/exit.ts";
import { seconds } from "./budget.ts";
import { backToRunning, MAX_ATTEMPTS, newEpochFailed, strongerTrigger } from "./hot-restart.ts";
import { logLine, type OfKind, prepend } from "./machine.ts";
import { currentEpoch, type Epoch, epochsOf, isEnding, type Stop, type Wanted } from "./stage.ts";
import { arm, type Command, type Event, newEpoch, type State, type Stepped, signalled } from "./state.ts";
import type { Supervision } from "./supervision.ts";

/** Delay before the first restart of a crashed Envoy, doubled each time up to a maximum; in milliseconds. */
const BACKOFF = 1_000;
const MAX_BACKOFF = 30_000;
/** Restarts after crashes, without a steady run in between, before the agent gives up. */
const MAX_CRASHES = 10;

/** Handles the exit of an Envoy. */
export function exited(rules: Supervision, state: State, { epoch: number, exit }: OfKind<Event, "exited">): Stepped {
  const { stage } = state;
  const epoch = epochsOf(stage).find((each) => each.number === number);
  if (epoch === undefined) return [state, []];
  const status = exitStatus(exit, [...epoch.sent, ...("stop" in stage ? stage.stop.requests : [])]);
  // An epoch killed by the agent during a hot restart also ends as requested.
  const isRequested = isEnding(stage) || epoch.sent.length > 0 || (stage.kind === "retiring" && number === stage.older.number);
  return prepend(
    reportExit(epoch, exit, status, isRequested),
    afterEnd(rules, state, { number, status, failure: "exited before it was live" }),
  );
}

/** Handles an epoch that could not be started: an exit without anything to explain. */
export function notStarted(rules: Supervision, state: State, { epoch: number, problem, status }: OfKind<Event, "not-started">): Stepped {
  if (epochsOf(state.stage).every((epoch) => epoch.number !== number)) return [state, []];
  return prepend([logLine("error", problem)], afterEnd(rules, state, { number, status, failure: "cannot be started" }));
}

interface End {
  readonly number: number;
  readonly status: number;
  /** How the log describes the failure of an epoch that was to take over. */
  readonly failure: "exited before it was live" | "cannot be started";
}

/** Returns what follows from the end of an epoch. */
function afterEnd(rules: Supervision, state: State, { number, status, failure }: End): Stepped {
  const { stage } = state;
  switch (stage.kind) {
    case "starting":
      if (number === stage.newest.number) return newEpochFailed(state, stage, `Epoch ${number} ${failure}`);
      return restartFromZero({ ...state, wanted: stillWanted(state) }, stage.newest, `Epoch ${number} exited during the hot restart`);
    case "retiring":
      if (number === stage.older.number) return backToRunning(state, stage.newest, []);
      return restartFromZero(state, stage.older, `Epoch ${number} exited while taking over`);
    case "clearing":
      return startFresh(state);
    case "running":
    case "preparing":
    case "retrying":
      return restartOrFinish(rules, { ...state, wanted: stillWanted(state) }, status);
    case "delaying":
    case "draining": {
      const stop = withoutEpoch(stage.stop, number, status);
      return stop === undefined ? finish(state, stage.stop, status) : [{ ...state, stage: { ...stage, stop } }, []];
    }
    case "stopping": {
      const stop = withoutEpoch(stage.stop, number, status);
      return stop === undefined ? finish(state, stage.stop, status) : stopRemaining({ ...state, stage: { ...stage, stop } }, stop.newest);
    }
    case "alone":
    case "waiting":
    case "done":
      return [state, []];
  }
}

/** Returns a stop after one of its epochs has ended; undefined if it was the last. A new epoch that never served has no part in its status. */
function withoutEpoch(stop: Stop, number: number, status: number): Stop | undefined {
  const { older, newest } = stop;
  if (number !== newest.number) return { ...stop, older: undefined };
  return older && { ...stop, older: undefined, newest: older, newestStatus: newest.live ? status : undefined };
}

/** Continues a stop: the newer epoch ends the older; a single one gets SIGTERM. */
function stopRemaining(state: State, left: Epoch): Stepped {
  return left.sent.includes("SIGTERM") ? [state, []] : signalled(state, left.number, "SIGTERM");
}

function finish(state: State, { failure, newestStatus }: Pick<Stop, "failure" | "newestStatus">, status: number): Stepped {
  return [{ ...state, stage: { kind: "done", status: failure ?? newestStatus ?? status } }, []];
}

/** A change is not forgotten when an epoch is lost; but a hot restart already in progress, which may be the cause, has limited attempts. */
function stillWanted({ stage, wanted }: State): Wanted | undefined {
  if (stage.kind !== "preparing" && stage.kind !== "retrying" && stage.kind !== "starting") return wanted;
  if (wanted !== undefined) return { ...wanted, trigger: strongerTrigger(stage.trigger, wanted.trigger) };
  const attempt = stage.kind === "starting" ? stage.attempt + 1 : stage.attempt;
  return attempt > MAX_ATTEMPTS ? undefined : { trigger: stage.trigger, attempt };
}

/** Logs an exit, explains it, and cleans up the epoch's files. */
function reportExit({ number, live }: Epoch, exit: Exit, status: number, isRequested: boolean): readonly Command[] {
  const explain: Command = { kind: "explain", epoch: number, exit, wasLive: live, isRequested };
  const cleanUp: Command = { kind: "clean-up", epoch: number };
  if (status !== 0) return [logLine("error", `Epoch ${number} exited with error: ${exitText(exit)}`), explain, cleanUp];
  // A process that exits with 0, unrequested and never live, may not be an Envoy at all.
  if (!isRequested && !live) return [logLine("info", `Epoch ${number} exited: ${exitText(exit)}`), explain, cleanUp];
  const hints = isRequested ? [] : [logLine("info", `${EXITED_UNREQUESTED}; ${QUIT_HINT}`)];
  return [logLine("info", `Epoch ${number} exited normally`), ...hints, cleanUp];
}

/** The serving epoch of a hot restart is lost and the other cannot serve: kills it, then a fresh epoch 0 follows. */
function restartFromZero(state: State, left: Epoch, why: string): Stepped {
  const opening: readonly Command[] = [logLine("error", `${why}: starting over with epoch 0`)];
  return prepend(opening, signalled({ ...state, stage: { kind: "clearing", newest: left } }, left.number, "SIGKILL"));
}

/** Starts epoch 0 from the last plan that was live, else from the newest. */
export function startFresh(state: State): Stepped {
  const plan = state.lastLive ?? state.plan;
  const fallback: readonly Command[] = plan === state.plan ? [] : [logLine("error", "Falling back to the last working bootstrap")];
  return [
    { ...state, stage: { kind: "running", newest: newEpoch(0, plan) }, plan },
    [...fallback, { kind: "start", epoch: 0, plan }, { kind: "await-live", epoch: 0 }],
  ];
}

/** The only Envoy exited by itself: restarts it or ends the agent, by the restart policy. */
function restartOrFinish(rules: Supervision, state: State, status: number): Stepped {
  const done: State = { ...state, stage: { kind: "done", status } };
  const wanted = rules.restart === "always" || (rules.restart === "on-failure" && status !== 0);
  if (!wanted) return [done, []];
  if (state.crashes >= MAX_CRASHES)
    return [
      done,
      [logLine("error", `Envoy exited ${state.crashes + 1} times without becoming stable, giving up (--restart ${rules.restart})`)],
    ];
  const delay = Math.min(BACKOFF * 2 ** state.crashes, MAX_BACKOFF);
  return [
    { ...state, stage: { kind: "waiting" }, crashes: state.crashes + 1 },
    [logLine("warn", `Restarting Envoy in ${seconds(delay)} (--restart ${rules.restart})`), arm("backoff", delay)],
  ];
}

/** A live Envoy has run long enough to count as stable. */
export function becameStable(state: State): Stepped {
  const current = isEnding(state.stage) ? undefined : currentEpoch(state.stage);
  return [current?.live === true ? { ...state, crashes: 0, lastLive: current.plan } : state, []];
}
