import type { Supervision } from "../launch/supervision.ts";
import { ended, restartTimer, unlaunched } from "./ended.ts";
import { becameLive, handOverTimer, prepared, renew } from "./hand-over.ts";
import { type Command, type Event, isEnding, type State, type Stepped, say } from "./state.ts";
import { askedToStop, counted, stopTimer } from "./stop.ts";

/** The supervisor's one rule: the state after an event, and what is to be begun. Ends of commands come back as events (design §5). */
export function step(rules: Supervision, state: State, event: Event): Stepped {
  if (state.stage.kind === "done") return [state, []];
  switch (event.kind) {
    case "terminate":
    case "quit":
    case "fail":
      return askedToStop(rules, state, event);
    case "drain":
      return drainEarly(rules, state);
    case "renew":
      return renew(rules, state, event.trigger);
    case "reopen":
      return [state, state.epochs.map(({ number }) => ({ kind: "signal", epoch: number, signal: "SIGUSR1" }))];
    case "untied":
      return [
        state,
        [say("warn", `Cannot tie epoch ${event.epoch} to the agent: ${event.problem}; Envoy goes on when the agent is killed`)],
      ];
    case "prepared":
      return prepared(state, event);
    case "unlaunched":
      return unlaunched(rules, state, event);
    case "live":
      return becameLive(rules, state, event.epoch);
    case "drained":
      return [state, undrained(state, event)];
    case "counted":
      return counted(rules, state, event.connections);
    case "timer":
      return timer(rules, state, event.timer);
    case "exited":
      return ended(rules, state, event);
  }
}

/** The application still runs and Envoy is drained for it: the stop that follows is immediate (spec 1.30 §9.5). */
function drainEarly({ drain }: Supervision, state: State): Stepped {
  if (isEnding(state)) return [state, []];
  return [
    { ...state, drained: true },
    [
      say("info", `Received /drain, draining Envoy (${drain.earlyPath}); the next stop is immediate`),
      { kind: "drain", path: drain.earlyPath },
    ],
  ];
}

/** A drain that failed. One that Envoy broke off because it was being ended is none: it was awaited no longer. */
function undrained(state: State, { problem, isLate }: Extract<Event, { kind: "drained" }>): readonly Command[] {
  const isAwaited = state.stage.kind === "draining" || (!isEnding(state) && state.epochs.length > 0);
  return problem !== undefined && (isAwaited || isLate === true) ? [say("warn", `Cannot drain Envoy, going on: ${problem}`)] : [];
}

function timer(rules: Supervision, state: State, name: string): Stepped {
  if (isEnding(state)) return stopTimer(rules, state, name);
  const [next, commands] = handOverTimer(state, name);
  return next === state && commands.length === 0 ? restartTimer(state, name) : [next, commands];
}
