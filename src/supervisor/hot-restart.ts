import { seconds } from "./budget.ts";
import { arm, type Command, currentEpoch, type Event, isEnding, type State, type Stepped, say, signalled, type Wanted } from "./state.ts";
import { after } from "./stop.ts";
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

/** A new epoch is asked for (design §5.4). */
export function renew(rules: Supervision, state: State, trigger: Trigger): Stepped {
  if (isEnding(state)) return [state, []];
  if (!rules.hotRestart)
    return [state, [say("warn", `Ignoring ${trigger}: hot restart is off; --hot-restart (ATTACHE_HOT_RESTART=true) switches it on`)]];
  const asked: State = { ...state, wanted: { trigger: stronger(state.wanted?.trigger, trigger), attempt: 1 } };
  const current = currentEpoch(state);
  if (state.stage.kind !== "running" || state.isPreparing)
    return [asked, [say("info", `A new epoch is asked for (${trigger}); it follows when the one under way has ended`)]];
  if (current === undefined) return [state, []];
  if (!current.live)
    return [
      asked,
      [
        say("info", `A new epoch is asked for (${trigger}); it waits until epoch ${current.number} is live`),
        { kind: "await-live", epoch: current.number },
      ],
    ];
  return proceed(asked);
}

/** Of two triggers the one that does not need changed settings: what it stands for would be forgotten otherwise. */
export function stronger(one: Trigger | undefined, other: Trigger): Trigger {
  return one === undefined || one === "configuration" ? other : one;
}

/** Prepares the epoch that is wanted, once one is live and no other preparation is under way. */
function proceed(state: State): Stepped {
  const { stage, wanted, isPreparing } = state;
  if (stage.kind !== "running" || wanted === undefined || isPreparing || currentEpoch(state)?.live !== true) return [state, []];
  return prepare(state, wanted);
}

function prepare(state: State, { trigger, attempt }: Wanted): Stepped {
  const current = currentEpoch(state);
  if (current === undefined) return [state, []];
  return [
    { ...state, stage: { kind: "preparing", trigger, attempt }, wanted: undefined, isPreparing: true },
    [
      say("info", `Preparing epoch ${current.number + 1} (${trigger})`),
      { kind: "notify", state: "RELOADING" },
      { kind: "prepare", epoch: current.number + 1, plan: state.plan + 1, force: trigger !== "configuration" },
    ],
  ];
}

/** The next epoch is planned and Envoy has judged it, or there is none. One that is wanted no longer only made another wait. */
export function prepared(state: State, event: Extract<Event, { kind: "prepared" }>): Stepped {
  const { stage } = state;
  if (stage.kind !== "preparing") return proceed(state);
  const running: State = { ...state, stage: { kind: "running" } };
  if (event.outcome === "unchanged") return settle(running, [say("info", "Nothing has changed, the current epoch stays")]);
  if (event.outcome === "failed")
    return settle(running, [
      say("error", `The new epoch is not started, the current one stays: ${event.problem ?? "it cannot be prepared"}`),
    ]);
  const number = (currentEpoch(state)?.number ?? -1) + 1;
  const plan = state.plan + 1;
  return [
    {
      ...state,
      stage: { ...stage, kind: "starting" },
      plan,
      epochs: [...state.epochs, { number, plan, live: false, sent: [] }],
    },
    [{ kind: "start", epoch: number, plan }, { kind: "await-live", epoch: number }, arm("live", LIVE_LIMIT)],
  ];
}

/** An epoch serves. */
export function becameLive(rules: Supervision, state: State, number: number): Stepped {
  const epoch = state.epochs.find((each) => each.number === number);
  if (epoch === undefined || epoch.live) return [state, []];
  const epochs = state.epochs.map((each) => (each.number === number ? { ...each, live: true } : each));
  const known: State = { ...state, epochs, lastLive: state.lastLive ?? epoch.plan };
  // One that is being killed serves nobody.
  if (isEnding(state) || state.stage.kind === "clearing") return [known, []];
  const said: readonly Command[] = [say("info", `Epoch ${number} is live`), { kind: "notify", state: "READY" }];
  const steady: readonly Command[] = rules.restart === "never" && !rules.hotRestart ? [] : [arm("steady", STEADY)];
  // The other one has been live since before the hot restart.
  if (state.stage.kind === "starting")
    return [{ ...known, stage: { kind: "retiring" } }, [...said, ...steady, arm("retire", rules.parentShutdown + RETIRE_SLACK)]];
  return after([...said, ...steady], proceed(known));
}

/** The new epoch failed before it was live: the old one stays, and its number is used again. */
export function newEpochFailed(state: State, why: string): Stepped {
  const { stage } = state;
  if (stage.kind !== "starting") return [state, []];
  const commands: Command[] = [say("error", `${why}; epoch ${state.epochs.at(-1)?.number} stays`), { kind: "repair" }];
  if (stage.attempt >= ATTEMPTS) return settle({ ...state, stage: { kind: "running" } }, commands);
  commands.push(say("info", `Trying again in ${seconds(AGAIN_AFTER)}`), arm("again", AGAIN_AFTER));
  return [{ ...state, stage: { ...stage, kind: "retrying", attempt: stage.attempt + 1 } }, commands];
}

/** Time has passed in a hot restart. */
export function hotRestartTimer(state: State, timer: string): Stepped {
  const { stage, epochs } = state;
  const [oldest, newest] = [epochs[0], epochs.at(-1)];
  if (timer === "live" && stage.kind === "starting" && newest !== undefined)
    return after(
      [say("warn", `Epoch ${newest.number} is not live after ${seconds(LIVE_LIMIT)}, killing it`)],
      signalled(state, newest.number, "SIGKILL"),
    );
  if (timer === "retire" && stage.kind === "retiring" && oldest !== undefined)
    return after([say("warn", `Epoch ${oldest.number} should have ended by now, killing it`)], signalled(state, oldest.number, "SIGKILL"));
  if (timer === "again" && stage.kind === "retrying") return prepare(state, stage);
  return [state, []];
}

/** A hot restart is over: what was asked for meanwhile follows. */
export function settle(state: State, commands: readonly Command[]): Stepped {
  const ready: readonly Command[] = [...commands, { kind: "notify", state: "READY" }];
  return after(ready, proceed(state));
}
