import { ENDED_UNASKED, QUIT_HINT } from "../envoy/end-hints.ts";
import { exitStatus, exitText } from "../linux/exit.ts";
import { seconds } from "./budget.ts";
import { ATTEMPTS, newEpochFailed, settle, stronger } from "./hot-restart.ts";
import {
  arm,
  type Command,
  currentEpoch,
  type Epoch,
  type Event,
  isEnding,
  type State,
  type Stepped,
  say,
  signalled,
  type Wanted,
} from "./state.ts";
import { after, begin } from "./stop.ts";
import type { Supervision } from "./supervision.ts";

/** First wait before a crashed Envoy is started again, doubled each time, and its ceiling; in milliseconds. */
const BACKOFF = 1_000;
const LONGEST_BACKOFF = 30_000;
/** Starts after a crash, without a steady time between, after which the agent gives up. */
const CRASHES = 10;

/** An Envoy has ended (design §5.1, §5.4, §5.6, §5.7). */
export function ended(rules: Supervision, state: State, { epoch: number, exit }: Extract<Event, { kind: "exited" }>): Stepped {
  const epoch = state.epochs.find((each) => each.number === number);
  if (epoch === undefined) return [state, []];
  const status = exitStatus(exit, epoch.sent);
  const isNewest = state.epochs.at(-1) === epoch;
  const left: State = { ...state, epochs: state.epochs.filter((each) => each !== epoch) };
  // What the agent kills in a hot restart was asked to end, too.
  const isAsked = isEnding(state) || epoch.sent.length > 0 || (!isNewest && state.stage.kind === "retiring");
  const said = accounts(epoch, exit, status, isAsked);
  return after(said, follow(rules, state, left, { epoch, status, isNewest, what: "ended before it was live" }));
}

interface End {
  readonly epoch: Epoch;
  readonly status: number;
  readonly isNewest: boolean;
  /** What is said of an epoch that was to take over. */
  readonly what: "ended before it was live" | "cannot be started";
}

function follow(rules: Supervision, before: State, left: State, { epoch, status, isNewest, what }: End): Stepped {
  switch (before.stage.kind) {
    case "starting":
      if (isNewest) return newEpochFailed(left, `Epoch ${epoch.number} ${what}`);
      return lost({ ...left, wanted: stillWanted(before) }, `Epoch ${epoch.number} ended during the hand-over`);
    case "retiring":
      if (!isNewest && left.epochs.length === 1) return settle({ ...left, stage: { kind: "running" } }, []);
      return isNewest ? lost(left, `Epoch ${epoch.number} ended while it took over`) : [left, []];
    case "clearing":
      return left.epochs.length > 0 ? [left, []] : fresh(left);
    case "abandoning":
      if (isNewest && left.epochs.length > 0) return after([{ kind: "repair" }], begin(rules, left));
      return left.epochs.length > 0 ? [left, []] : done(left, status);
    case "delaying":
    case "draining":
      return left.epochs.length > 0 ? [isNewest ? { ...left, status: left.status ?? status } : left, []] : done(left, status);
    case "stopping":
      return left.epochs.length > 0 ? nextStops(isNewest ? { ...left, status: left.status ?? status } : left) : done(left, status);
    case "running":
    case "preparing":
    case "retrying":
      return again(rules, { ...left, wanted: stillWanted(before) }, status);
    case "waiting":
    case "done":
      return [left, []];
  }
}

/** What had changed when an epoch was lost is not forgotten; but a hot restart that was begun, which may be the reason, is not tried for ever. */
function stillWanted({ stage, wanted }: State): Wanted | undefined {
  if (stage.kind !== "preparing" && stage.kind !== "retrying" && stage.kind !== "starting") return wanted;
  if (wanted !== undefined) return { ...wanted, trigger: stronger(stage.trigger, wanted.trigger) };
  const attempt = stage.kind === "starting" ? stage.attempt + 1 : stage.attempt;
  return attempt > ATTEMPTS ? undefined : { trigger: stage.trigger, attempt };
}

/** What the log says of an end, why it came about, and what becomes of its files. */
function accounts(
  epoch: Epoch,
  exit: { code: number | null; signal: string | number | null },
  status: number,
  asked: boolean,
): readonly Command[] {
  const { number, live } = epoch;
  const explained: readonly Command[] = [{ kind: "explain", epoch: number, exit, wasLive: live, asked }];
  const forgotten: Command = { kind: "forget", epoch: number };
  if (status !== 0 && !(asked && exit.code === 0))
    return [say("error", `Epoch ${number} exited with error: ${exitText(exit)}`), ...explained, forgotten];
  // One that nobody stopped and that never served may not even be an Envoy.
  if (!asked && !live && exit.code === 0) return [say("info", `Epoch ${number} exited: ${exitText(exit)}`), ...explained, forgotten];
  const unasked = asked ? [] : [say("info", `${ENDED_UNASKED}; ${QUIT_HINT}`)];
  return [say("info", `Epoch ${number} exited normally`), ...unasked, forgotten];
}

/** Of two epochs the newer one ends the older; one that is left is told itself. */
function nextStops(state: State): Stepped {
  const next = state.epochs.at(-1);
  return next === undefined || next.sent.filter((each) => each === "SIGTERM").length > 1
    ? [state, []]
    : signalled(state, next.number, "SIGTERM");
}

function done(state: State, status: number): Stepped {
  return [{ ...state, stage: { kind: "done", status: state.status ?? status } }, []];
}

/** The serving side of a hot restart is lost: what is left cannot serve, so all of it goes and a fresh epoch 0 follows. */
function lost(state: State, why: string): Stepped {
  const opening: readonly Command[] = [say("error", `${why}: starting afresh with epoch 0`)];
  if (state.epochs.length === 0) return after(opening, fresh(state));
  return state.epochs.reduce<Stepped>(
    ([so, commands], { number }) => {
      const [next, more] = signalled(so, number, "SIGKILL");
      return [next, [...commands, ...more]];
    },
    [{ ...state, stage: { kind: "clearing" } }, opening],
  );
}

/** Epoch 0 of the plan that was last live, else of the newest. */
function fresh(state: State): Stepped {
  const plan = state.lastLive ?? state.plan;
  const fallback: readonly Command[] = plan === state.plan ? [] : [say("error", "Falling back to the last bootstrap that was live")];
  return [
    { ...state, stage: { kind: "running" }, plan, epochs: [{ number: 0, plan, live: false, sent: [] }] },
    [...fallback, { kind: "start", epoch: 0, plan }, { kind: "await-live", epoch: 0 }],
  ];
}

/** The only Envoy has ended by itself: by the policy it is started again, or the agent ends with it. */
function again(rules: Supervision, state: State, status: number): Stepped {
  const wanted = rules.restart === "always" || (rules.restart === "on-failure" && status !== 0);
  if (!wanted) return done(state, status);
  if (state.crashes >= CRASHES)
    return after(
      [say("error", `Envoy ended ${state.crashes + 1} times without running steadily, giving up (--restart ${rules.restart})`)],
      done(state, status),
    );
  const wait = Math.min(BACKOFF * 2 ** state.crashes, LONGEST_BACKOFF);
  return [
    { ...state, stage: { kind: "waiting" }, crashes: state.crashes + 1 },
    [say("warn", `Starting Envoy again in ${seconds(wait)} (--restart ${rules.restart})`), arm("backoff", wait)],
  ];
}

/** Time has passed between starts. */
export function restartTimer(state: State, timer: string): Stepped {
  if (timer === "backoff" && state.stage.kind === "waiting") return fresh(state);
  const current = currentEpoch(state);
  if (timer === "steady" && current?.live === true) return [{ ...state, crashes: 0, lastLive: current.plan }, []];
  return [state, []];
}

/** An epoch could not be started at all: an end like any other, with nothing to explain. */
export function notStarted(rules: Supervision, state: State, event: Extract<Event, { kind: "not-started" }>): Stepped {
  const epoch = state.epochs.find(({ number }) => number === event.epoch);
  if (epoch === undefined) return [state, []];
  const left: State = { ...state, epochs: state.epochs.filter((each) => each !== epoch) };
  const end: End = { epoch, status: event.status, isNewest: state.epochs.at(-1) === epoch, what: "cannot be started" };
  return after([say("error", event.problem)], follow(rules, state, left, end));
}
