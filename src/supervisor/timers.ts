import { seconds } from "./budget.ts";
import { becameStable, startFresh } from "./exited.ts";
import { liveTimedOut, retireTimedOut, retry } from "./hot-restart.ts";
import { logLine, prepend } from "./machine.ts";
import type { Stage, StageOf } from "./stage.ts";
import type { State, Stepped, Timer } from "./state.ts";
import { drain, holdExpired, killAll, killTimeout, terminate } from "./stop.ts";
import type { Supervision } from "./supervision.ts";

/** A timer: the stages it belongs to and ends with, and its effect when it expires in one of them. */
interface Row {
  readonly stages: readonly Stage["kind"][];
  readonly expired: (rules: Supervision, state: State) => Stepped;
}

const TIMERS: Readonly<Record<Timer, Row>> = {
  /** The delay before a drain. */
  delay: row(["delaying"], (rules, state, { stop }) => drain(rules, state, stop)),
  /** The minimum time of a drain. */
  hold: row(["draining"], holdExpired),
  /** The time between two counts of connections. */
  count: row(["draining"], (_, state) => [state, [{ kind: "count" }]]),
  /** The part of the grace period for delay and drain. */
  budget: row(["delaying", "draining"], (rules, state, { stop }) =>
    prepend([logLine("warn", "The grace period is nearly over (--grace-period), ending the drain")], terminate(rules, state, stop)),
  ),
  /** The time from SIGTERM to SIGKILL. */
  kill: row(["stopping"], (rules, state) =>
    killAll(state, `Envoy has not stopped within ${seconds(killTimeout(rules))} (--stop-timeout), killing it`),
  ),
  /** The time for a new epoch to become live. */
  live: row(["starting"], (_, state, stage) => liveTimedOut(state, stage)),
  /** The time for an old epoch to exit. */
  retire: row(["retiring"], (_, state, stage) => retireTimedOut(state, stage)),
  /** The pause before a new epoch is tried again. */
  retry: row(["retrying"], (_, state, stage) => retry(state, stage)),
  /** The delay before a crashed Envoy is restarted. */
  backoff: row(["waiting"], (_, state) => startFresh(state)),
  /** The time until a live Envoy counts as stable: belongs to an Envoy, so no stage ends it. */
  steady: { stages: [], expired: (_, state) => becameStable(state) },
};

function row<Kind extends Stage["kind"]>(
  stages: readonly Kind[],
  expired: (rules: Supervision, state: State, stage: StageOf<Kind>) => Stepped,
): Row {
  const isAwaitedIn = (stage: Stage): stage is StageOf<Kind> => stages.some((kind) => kind === stage.kind);
  return { stages, expired: (rules, state) => (isAwaitedIn(state.stage) ? expired(rules, state, state.stage) : [state, []]) };
}

/** Returns the step for an expired timer; no change if the stage does not use it. */
export function expired(rules: Supervision, state: State, timer: Timer): Stepped {
  return TIMERS[timer].expired(rules, state);
}

/** Returns the timers that end when one stage becomes another. */
export function endingTimers(from: Stage["kind"], to: Stage["kind"]): readonly Timer[] {
  const all = Object.keys(TIMERS) as readonly Timer[]; // the keys of the record above
  return all.filter((timer) => TIMERS[timer].stages.includes(from) && !TIMERS[timer].stages.includes(to));
}
