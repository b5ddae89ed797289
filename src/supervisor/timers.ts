import { seconds } from "./budget.ts";
import { fresh, ranSteadily } from "./ended.ts";
import { notLiveInTime, notRetiredInTime, retry } from "./hot-restart.ts";
import { after, say } from "./machine.ts";
import type { Stage, StageOf } from "./stage.ts";
import { type State, type Stepped, signalled, type Timer } from "./state.ts";
import { drain, heldLongEnough, killAll, terminate, timeToStop } from "./stop.ts";
import type { Supervision } from "./supervision.ts";

/** A timer: the stages that wait for it, with which it ends, and what happens when its time has passed in one of them. */
interface Row {
  readonly stages: readonly Stage["kind"][];
  readonly expired: (rules: Supervision, state: State) => Stepped;
}

const TIMERS: Readonly<Record<Timer, Row>> = {
  /** The delay before a drain. */
  delay: row(["delaying"], (rules, state, { stop }) => drain(rules, state, stop)),
  /** The time of a drain. */
  hold: row(["draining"], heldLongEnough),
  /** The time between two counts of connections. */
  count: row(["draining"], (_, state) => [state, [{ kind: "count" }]]),
  /** The time an abandoned epoch has from SIGTERM to SIGKILL. */
  abandon: row(["abandoning"], (_, state, { stop }) => signalled(state, stop.newest.number, "SIGKILL")),
  /** The part of the grace period for delay and drain. An epoch that is abandoned has a timer of its own. */
  budget: row(["abandoning", "delaying", "draining"], (rules, state, { kind, stop }) =>
    kind === "abandoning"
      ? [state, []]
      : after([say("warn", "The grace period is nearly over (--grace-period), ending the drain")], terminate(rules, state, stop)),
  ),
  /** The time from SIGTERM to SIGKILL. */
  kill: row(["stopping"], (rules, state) =>
    killAll(state, `Envoy has not stopped within ${seconds(timeToStop(rules))} (--stop-timeout), killing it`),
  ),
  /** The time a new epoch has to become live. */
  live: row(["starting"], (_, state, stage) => notLiveInTime(state, stage)),
  /** The time an old epoch has to end. */
  retire: row(["retiring"], (_, state, stage) => notRetiredInTime(state, stage)),
  /** The pause before a new epoch is tried again. */
  again: row(["retrying"], (_, state, stage) => retry(state, stage)),
  /** The pause before an Envoy that crashed is started again. */
  backoff: row(["waiting"], (_, state) => fresh(state)),
  /** The time after which a live Envoy counts as proven: about an Envoy, so it ends with no stage. */
  steady: { stages: [], expired: (_, state) => ranSteadily(state) },
};

function row<Kind extends Stage["kind"]>(
  stages: readonly Kind[],
  expired: (rules: Supervision, state: State, stage: StageOf<Kind>) => Stepped,
): Row {
  const isAwaitedIn = (stage: Stage): stage is StageOf<Kind> => stages.some((kind) => kind === stage.kind);
  return { stages, expired: (rules, state) => (isAwaitedIn(state.stage) ? expired(rules, state, state.stage) : [state, []]) };
}

/** The step when a timer's time has passed; nothing where no stage waits for it any more. */
export function expired(rules: Supervision, state: State, timer: Timer): Stepped {
  return TIMERS[timer].expired(rules, state);
}

/** The timers that end when one stage becomes another. */
export function endingTimers(from: Stage["kind"], to: Stage["kind"]): readonly Timer[] {
  const all = Object.keys(TIMERS) as readonly Timer[]; // the keys of the record above
  return all.filter((timer) => TIMERS[timer].stages.includes(from) && !TIMERS[timer].stages.includes(to));
}
