import { seconds } from "./budget.ts";
import { logLine, type OfKind, prepend } from "./machine.ts";
import { type Epoch, epochsOf, isEnding, type StageOf, type Wanted, withEpochs } from "./stage.ts";
import { arm, type Command, type Event, newEpoch, type State, type Stepped, signalled } from "./state.ts";
import type { Supervision, Trigger } from "./supervision.ts";

/** Time for a new epoch to become live, in milliseconds. */
const LIVE_TIMEOUT = 60_000;
/** Time for the old epoch beyond its parent shutdown time. */
const RETIRE_SLACK = 15_000;
/** Delay before a retry, short because a failed epoch may have taken over the admin port. */
const RETRY_DELAY = 5_000;
export const MAX_ATTEMPTS = 3;
/** Time after which a live Envoy counts as stable: its crashes are forgotten, its plan becomes the fallback. */
const STABLE_AFTER = 60_000;

/** A new epoch is requested. */
export function requestEpoch(rules: Supervision, state: State, trigger: Trigger): Stepped {
  const { stage } = state;
  if (isEnding(stage)) return [state, []];
  if (!rules.hotRestart)
    return [
      state,
      [logLine("warn", `Ignoring ${trigger}: hot restart is disabled; enable it with --hot-restart (ATTACHE_HOT_RESTART=true)`)],
    ];
  if (stage.kind === "alone") return [state, []];
  const requested: State = { ...state, wanted: { trigger: strongerTrigger(state.wanted?.trigger, trigger), attempt: 1 } };
  if (stage.kind !== "running" || state.isPreparing)
    return [requested, [logLine("info", `New epoch requested (${trigger}); it follows the hot restart in progress`)]];
  const { number, live } = stage.newest;
  if (live) return prepareIfWanted(requested);
  return [
    requested,
    [logLine("info", `New epoch requested (${trigger}); waiting until epoch ${number} is live`), { kind: "await-live", epoch: number }],
  ];
}

/** Returns the trigger that does not depend on changed settings, so that it is not lost. */
export function strongerTrigger(one: Trigger | undefined, other: Trigger): Trigger {
  return one === undefined || one === "configuration" ? other : one;
}

/** Prepares the requested epoch once one is live and no other preparation is running. */
function prepareIfWanted(state: State): Stepped {
  const { stage, wanted, isPreparing } = state;
  if (stage.kind !== "running" || wanted === undefined || isPreparing || !stage.newest.live) return [state, []];
  return prepare(state, stage.newest, wanted);
}

function prepare(state: State, current: Epoch, { trigger, attempt }: Wanted): Stepped {
  const next = current.number + 1;
  return [
    { ...state, stage: { kind: "preparing", newest: current, trigger, attempt }, wanted: undefined, isPreparing: true },
    [
      logLine("info", `Preparing epoch ${next} (${trigger})`),
      { kind: "notify", state: "RELOADING" },
      { kind: "prepare", epoch: next, plan: state.plan + 1, force: trigger !== "configuration" },
    ],
  ];
}

/** Retries a failed epoch after the pause. */
export function retry(state: State, stage: StageOf<"retrying">): Stepped {
  return prepare(state, stage.newest, stage);
}

/** The next epoch was planned and validated, or preparation failed. A result that is no longer requested only delayed the next one. */
export function prepared(state: State, event: OfKind<Event, "prepared">): Stepped {
  const { stage } = state;
  if (stage.kind !== "preparing") return prepareIfWanted(state);
  const current = stage.newest;
  switch (event.outcome) {
    case "unchanged":
      return backToRunning(state, current, [logLine("info", "Nothing changed, keeping the current epoch")]);
    case "failed": {
      const text = `Cannot start a new epoch, keeping the current one: ${event.problem ?? "it cannot be prepared"}`;
      return backToRunning(state, current, [logLine("error", text)]);
    }
    case "ready": {
      const [number, plan] = [current.number + 1, state.plan + 1];
      return [
        { ...state, plan, stage: { ...stage, kind: "starting", older: current, newest: newEpoch(number, plan) } },
        [{ kind: "start", epoch: number, plan }, { kind: "await-live", epoch: number }, arm("live", LIVE_TIMEOUT)],
      ];
    }
  }
}

/** An epoch became live. */
export function epochLive(rules: Supervision, state: State, number: number): Stepped {
  const epoch = epochsOf(state.stage).find((each) => each.number === number);
  if (epoch === undefined || epoch.live) return [state, []];
  const stage = withEpochs(state.stage, (each) => (each.number === number ? { ...each, live: true } : each));
  const known: State = { ...state, stage, lastLive: state.lastLive ?? epoch.plan };
  // The older one may have answered the request to drain; now the new one serves.
  if (stage.kind === "draining" && stage.stop.older !== undefined) return [known, [{ kind: "drain", path: rules.drain.path }]];
  // An epoch that is being killed does not serve.
  if (isEnding(stage) || stage.kind === "clearing") return [known, []];
  const steady: readonly Command[] = rules.restart === "never" && !rules.hotRestart ? [] : [arm("steady", STABLE_AFTER)];
  const opening: readonly Command[] = [logLine("info", `Epoch ${number} is live`), { kind: "notify", state: "READY" }, ...steady];
  if (stage.kind !== "starting") return prepend(opening, prepareIfWanted(known));
  // The older one has been live since before the hot restart.
  const { older, newest } = stage;
  return [{ ...known, stage: { kind: "retiring", older, newest } }, [...opening, arm("retire", rules.parentShutdown + RETIRE_SLACK)]];
}

/** The new epoch failed before it was live: the old one continues, and the number is reused. */
export function newEpochFailed(state: State, { older, trigger, attempt }: StageOf<"starting">, why: string): Stepped {
  const commands: readonly Command[] = [logLine("error", `${why}; keeping epoch ${older.number}`), { kind: "repair" }];
  if (attempt >= MAX_ATTEMPTS) return backToRunning(state, older, commands);
  return [
    { ...state, stage: { kind: "retrying", newest: older, trigger, attempt: attempt + 1 } },
    [...commands, logLine("info", `Retrying in ${seconds(RETRY_DELAY)}`), arm("retry", RETRY_DELAY)],
  ];
}

/** A new epoch did not become live in time. */
export function liveTimedOut(state: State, { newest: { number } }: StageOf<"starting">): Stepped {
  const text = `Epoch ${number} is not live after ${seconds(LIVE_TIMEOUT)}, killing it`;
  return prepend([logLine("warn", text)], signalled(state, number, "SIGKILL"));
}

/** An old epoch did not exit in time. */
export function retireTimedOut(state: State, { older: { number } }: StageOf<"retiring">): Stepped {
  return prepend([logLine("warn", `Epoch ${number} has not exited in time, killing it`)], signalled(state, number, "SIGKILL"));
}

/** A hot restart is over: starts the next one if it was requested meanwhile. */
export function backToRunning(state: State, current: Epoch, commands: readonly Command[]): Stepped {
  const running: State = { ...state, stage: { kind: "running", newest: current } };
  return prepend([...commands, { kind: "notify", state: "READY" }], prepareIfWanted(running));
}
