import { ENDED_UNASKED, QUIT_HINT } from "../envoy/end-hints.ts";
import { type Exit, exitStatus, exitText } from "../linux/exit.ts";
import { seconds } from "./budget.ts";
import { ATTEMPTS, backToRunning, newEpochFailed, stronger } from "./hot-restart.ts";
import { after, type OfKind, say } from "./machine.ts";
import { currentEpoch, type Epoch, epochsOf, isEnding, type Stop, type Wanted } from "./stage.ts";
import { arm, type Command, type Event, newEpoch, type State, type Stepped, signalled } from "./state.ts";
import { begin } from "./stop.ts";
import type { Supervision } from "./supervision.ts";

/** First wait before a crashed Envoy is started again, doubled each time, and its ceiling; in milliseconds. */
const BACKOFF = 1_000;
const LONGEST_BACKOFF = 30_000;
/** Starts after a crash, without a steady time between, after which the agent gives up. */
const CRASHES = 10;

/** An Envoy has ended. */
export function ended(rules: Supervision, state: State, { epoch: number, exit }: OfKind<Event, "exited">): Stepped {
  const { stage } = state;
  const epoch = epochsOf(stage).find((each) => each.number === number);
  if (epoch === undefined) return [state, []];
  const status = exitStatus(exit, [...epoch.sent, ...("stop" in stage ? stage.stop.requests : [])]);
  // What the agent kills in a hot restart was asked to end, too.
  const isAsked = isEnding(stage) || epoch.sent.length > 0 || (stage.kind === "retiring" && number === stage.older.number);
  return after(accountOf(epoch, exit, status, isAsked), follow(rules, state, { number, status, what: "exited before it was live" }));
}

/** An epoch could not be started at all: an end like any other, with nothing to explain. */
export function notStarted(rules: Supervision, state: State, { epoch: number, problem, status }: OfKind<Event, "not-started">): Stepped {
  if (epochsOf(state.stage).every((epoch) => epoch.number !== number)) return [state, []];
  return after([say("error", problem)], follow(rules, state, { number, status, what: "cannot be started" }));
}

interface End {
  readonly number: number;
  readonly status: number;
  /** What the log says of an epoch that was to take over. */
  readonly what: "exited before it was live" | "cannot be started";
}

/** What follows from the end of an epoch. */
function follow(rules: Supervision, state: State, { number, status, what }: End): Stepped {
  const { stage } = state;
  switch (stage.kind) {
    case "starting":
      if (number === stage.newest.number) return newEpochFailed(state, stage, `Epoch ${number} ${what}`);
      return lost({ ...state, wanted: stillWanted(state) }, stage.newest, `Epoch ${number} exited during the hot restart`);
    case "retiring":
      if (number === stage.older.number) return backToRunning(state, stage.newest, []);
      return lost(state, stage.older, `Epoch ${number} exited while taking over`);
    case "clearing":
      return fresh(state);
    case "running":
    case "preparing":
    case "retrying":
      return again(rules, { ...state, wanted: stillWanted(state) }, status);
    case "abandoning": {
      const { older, newest } = stage.stop;
      if (number !== newest.number) return [{ ...state, stage: { ...stage, stop: { ...stage.stop, older: undefined } } }, []];
      if (older === undefined) return done(state, stage.stop, status);
      return after([{ kind: "repair" }], begin(rules, state, { ...stage.stop, older: undefined, newest: older }));
    }
    case "delaying":
    case "draining": {
      const stop = withoutEpoch(stage.stop, number, status);
      return stop === undefined ? done(state, stage.stop, status) : [{ ...state, stage: { ...stage, stop } }, []];
    }
    case "stopping": {
      const stop = withoutEpoch(stage.stop, number, status);
      return stop === undefined ? done(state, stage.stop, status) : nextStops({ ...state, stage: { ...stage, stop } }, stop.newest);
    }
    case "alone":
    case "waiting":
    case "done":
      return [state, []];
  }
}

/** A stop when one of its epochs has ended; undefined when that was the last. */
function withoutEpoch(stop: Stop, number: number, status: number): Stop | undefined {
  const { older, newest, newestStatus } = stop;
  if (number !== newest.number) return { ...stop, older: undefined };
  return older && { ...stop, older: undefined, newest: older, newestStatus: newestStatus ?? status };
}

/** Of two epochs the newer one ends the older; one that is left gets a signal itself. */
function nextStops(state: State, left: Epoch): Stepped {
  return left.sent.includes("SIGTERM") ? [state, []] : signalled(state, left.number, "SIGTERM");
}

function done(state: State, { failure, newestStatus }: Pick<Stop, "failure" | "newestStatus">, status: number): Stepped {
  return [{ ...state, stage: { kind: "done", status: failure ?? newestStatus ?? status } }, []];
}

/** What had changed when an epoch was lost is not forgotten; but a hot restart that was begun, which may be the reason, is not tried for ever. */
function stillWanted({ stage, wanted }: State): Wanted | undefined {
  if (stage.kind !== "preparing" && stage.kind !== "retrying" && stage.kind !== "starting") return wanted;
  if (wanted !== undefined) return { ...wanted, trigger: stronger(stage.trigger, wanted.trigger) };
  const attempt = stage.kind === "starting" ? stage.attempt + 1 : stage.attempt;
  return attempt > ATTEMPTS ? undefined : { trigger: stage.trigger, attempt };
}

/** What the log says of an end, why it came about, and what becomes of its files. */
function accountOf({ number, live }: Epoch, exit: Exit, status: number, asked: boolean): readonly Command[] {
  const explained: readonly Command[] = [{ kind: "explain", epoch: number, exit, wasLive: live, asked }];
  const forgotten: Command = { kind: "forget", epoch: number };
  if (status !== 0 && !(asked && exit.code === 0))
    return [say("error", `Epoch ${number} exited with error: ${exitText(exit)}`), ...explained, forgotten];
  // One that nobody stopped and that never served may not even be an Envoy.
  if (!asked && !live && exit.code === 0) return [say("info", `Epoch ${number} exited: ${exitText(exit)}`), ...explained, forgotten];
  const unasked = asked ? [] : [say("info", `${ENDED_UNASKED}; ${QUIT_HINT}`)];
  return [say("info", `Epoch ${number} exited normally`), ...unasked, forgotten];
}

/** The serving side of a hot restart is lost: what is left cannot serve, so it goes and a fresh epoch 0 follows. */
function lost(state: State, left: Epoch, why: string): Stepped {
  const opening: readonly Command[] = [say("error", `${why}: starting over with epoch 0`)];
  return after(opening, signalled({ ...state, stage: { kind: "clearing", newest: left } }, left.number, "SIGKILL"));
}

/** Starts epoch 0 of the plan that was last live, else of the newest. */
export function fresh(state: State): Stepped {
  const plan = state.lastLive ?? state.plan;
  const fallback: readonly Command[] = plan === state.plan ? [] : [say("error", "Falling back to the last working bootstrap")];
  return [
    { ...state, stage: { kind: "running", newest: newEpoch(0, plan) }, plan },
    [...fallback, { kind: "start", epoch: 0, plan }, { kind: "await-live", epoch: 0 }],
  ];
}

/** The only Envoy has ended by itself: by the policy it is started again, or the agent ends with it. */
function again(rules: Supervision, state: State, status: number): Stepped {
  const over: State = { ...state, stage: { kind: "done", status } };
  const wanted = rules.restart === "always" || (rules.restart === "on-failure" && status !== 0);
  if (!wanted) return [over, []];
  if (state.crashes >= CRASHES)
    return [
      over,
      [say("error", `Envoy exited ${state.crashes + 1} times without becoming stable, giving up (--restart ${rules.restart})`)],
    ];
  const wait = Math.min(BACKOFF * 2 ** state.crashes, LONGEST_BACKOFF);
  return [
    { ...state, stage: { kind: "waiting" }, crashes: state.crashes + 1 },
    [say("warn", `Restarting Envoy in ${seconds(wait)} (--restart ${rules.restart})`), arm("backoff", wait)],
  ];
}

/** A live Envoy has run for a while: it counts as proven. */
export function ranSteadily(state: State): Stepped {
  const current = isEnding(state.stage) ? undefined : currentEpoch(state.stage);
  return [current?.live === true ? { ...state, crashes: 0, lastLive: current.plan } : state, []];
}
