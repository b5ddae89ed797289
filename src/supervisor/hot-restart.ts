import { seconds } from "./budget.ts";
import { after, type OfKind, say } from "./machine.ts";
import { type Epoch, epochsOf, isEnding, type StageOf, type Wanted, withEpochs } from "./stage.ts";
import { arm, type Command, type Event, newEpoch, type State, type Stepped, signalled } from "./state.ts";
import type { Supervision, Trigger } from "./supervision.ts";

/** Time a new epoch has to become live, in milliseconds. */
const LIVE_LIMIT = 60_000;
/** Time the old epoch has beyond its shutdown time. */
const RETIRE_SLACK = 15_000;
/** A new epoch that failed may have taken the admin port from the old one, so it is tried again soon. */
const AGAIN_AFTER = 5_000;
export const ATTEMPTS = 3;
/** Time a live Envoy has to run before it counts as proven: its crashes are forgotten, its plan is the one to fall back to. */
const STEADY = 60_000;

/** A new epoch is requested. */
export function renew(rules: Supervision, state: State, trigger: Trigger): Stepped {
  const { stage } = state;
  if (isEnding(stage)) return [state, []];
  if (!rules.hotRestart)
    return [state, [say("warn", `Ignoring ${trigger}: hot restart is disabled; enable it with --hot-restart (ATTACHE_HOT_RESTART=true)`)]];
  if (stage.kind === "alone") return [state, []];
  const asked: State = { ...state, wanted: { trigger: stronger(state.wanted?.trigger, trigger), attempt: 1 } };
  if (stage.kind !== "running" || state.isPreparing)
    return [asked, [say("info", `New epoch requested (${trigger}); it follows the hot restart in progress`)]];
  const { number, live } = stage.newest;
  if (live) return proceed(asked);
  return [
    asked,
    [say("info", `New epoch requested (${trigger}); waiting until epoch ${number} is live`), { kind: "await-live", epoch: number }],
  ];
}

/** Of two triggers the one that does not need changed settings: what it stands for would be forgotten otherwise. */
export function stronger(one: Trigger | undefined, other: Trigger): Trigger {
  return one === undefined || one === "configuration" ? other : one;
}

/** Prepares the epoch that is wanted, once one is live and no other preparation is under way. */
function proceed(state: State): Stepped {
  const { stage, wanted, isPreparing } = state;
  if (stage.kind !== "running" || wanted === undefined || isPreparing || !stage.newest.live) return [state, []];
  return prepare(state, stage.newest, wanted);
}

function prepare(state: State, current: Epoch, { trigger, attempt }: Wanted): Stepped {
  const next = current.number + 1;
  return [
    { ...state, stage: { kind: "preparing", newest: current, trigger, attempt }, wanted: undefined, isPreparing: true },
    [
      say("info", `Preparing epoch ${next} (${trigger})`),
      { kind: "notify", state: "RELOADING" },
      { kind: "prepare", epoch: next, plan: state.plan + 1, force: trigger !== "configuration" },
    ],
  ];
}

/** The pause after a new epoch that failed is over. */
export function retry(state: State, stage: StageOf<"retrying">): Stepped {
  return prepare(state, stage.newest, stage);
}

/** The next epoch is planned and Envoy has judged it, or there is none. One that is wanted no longer only made another wait. */
export function prepared(state: State, event: OfKind<Event, "prepared">): Stepped {
  const { stage } = state;
  if (stage.kind !== "preparing") return proceed(state);
  const current = stage.newest;
  switch (event.outcome) {
    case "unchanged":
      return backToRunning(state, current, [say("info", "Nothing changed, keeping the current epoch")]);
    case "failed": {
      const text = `Cannot start a new epoch, keeping the current one: ${event.problem ?? "it cannot be prepared"}`;
      return backToRunning(state, current, [say("error", text)]);
    }
    case "ready": {
      const [number, plan] = [current.number + 1, state.plan + 1];
      return [
        { ...state, plan, stage: { ...stage, kind: "starting", older: current, newest: newEpoch(number, plan) } },
        [{ kind: "start", epoch: number, plan }, { kind: "await-live", epoch: number }, arm("live", LIVE_LIMIT)],
      ];
    }
  }
}

/** An epoch serves. */
export function becameLive(rules: Supervision, state: State, number: number): Stepped {
  const epoch = epochsOf(state.stage).find((each) => each.number === number);
  if (epoch === undefined || epoch.live) return [state, []];
  const stage = withEpochs(state.stage, (each) => (each.number === number ? { ...each, live: true } : each));
  const known: State = { ...state, stage, lastLive: state.lastLive ?? epoch.plan };
  // One that is being killed serves nobody.
  if (isEnding(stage) || stage.kind === "clearing") return [known, []];
  const steady: readonly Command[] = rules.restart === "never" && !rules.hotRestart ? [] : [arm("steady", STEADY)];
  const opening: readonly Command[] = [say("info", `Epoch ${number} is live`), { kind: "notify", state: "READY" }, ...steady];
  if (stage.kind !== "starting") return after(opening, proceed(known));
  // The older one has been live since before the hot restart.
  const { older, newest } = stage;
  return [{ ...known, stage: { kind: "retiring", older, newest } }, [...opening, arm("retire", rules.parentShutdown + RETIRE_SLACK)]];
}

/** The new epoch failed before it was live: the old one stays, and its number is used again. */
export function newEpochFailed(state: State, { older, trigger, attempt }: StageOf<"starting">, why: string): Stepped {
  const commands: readonly Command[] = [say("error", `${why}; keeping epoch ${older.number}`), { kind: "repair" }];
  if (attempt >= ATTEMPTS) return backToRunning(state, older, commands);
  return [
    { ...state, stage: { kind: "retrying", newest: older, trigger, attempt: attempt + 1 } },
    [...commands, say("info", `Retrying in ${seconds(AGAIN_AFTER)}`), arm("again", AGAIN_AFTER)],
  ];
}

/** A new epoch has had its time to become live. */
export function notLiveInTime(state: State, { newest: { number } }: StageOf<"starting">): Stepped {
  const text = `Epoch ${number} is not live after ${seconds(LIVE_LIMIT)}, killing it`;
  return after([say("warn", text)], signalled(state, number, "SIGKILL"));
}

/** An old epoch has had its time to end. */
export function notRetiredInTime(state: State, { older: { number } }: StageOf<"retiring">): Stepped {
  return after([say("warn", `Epoch ${number} has not exited in time, killing it`)], signalled(state, number, "SIGKILL"));
}

/** A hot restart is over: what was asked for meanwhile follows. */
export function backToRunning(state: State, current: Epoch, commands: readonly Command[]): Stepped {
  const running: State = { ...state, stage: { kind: "running", newest: current } };
  return after([...commands, { kind: "notify", state: "READY" }], proceed(running));
}
