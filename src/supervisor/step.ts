import { ended, notStarted, restartTimer } from "./ended.ts";
import { becameLive, hotRestartTimer, prepared, renew } from "./hot-restart.ts";
import { type Command, type Event, isEnding, type Signal, type Stage, type State, type Stepped, say, type Timer } from "./state.ts";
import { after, askedToStop, counted, stopTimer } from "./stop.ts";
import type { Supervision } from "./supervision.ts";

/** The timers of each stage, which end with it; `steady` belongs to none. */
const TIMERS: Readonly<Record<Stage["kind"], readonly Timer[]>> = {
  running: [],
  preparing: [],
  retrying: ["again"],
  starting: ["live"],
  retiring: ["retire"],
  clearing: [],
  waiting: ["backoff"],
  abandoning: ["abandon", "budget"],
  delaying: ["delay", "budget"],
  draining: ["hold", "count", "budget"],
  stopping: ["kill"],
  done: [],
};

/** The supervisor's one rule: the state after an event, and what is to be begun. Ends of commands come back as events (design §5). */
export function step(rules: Supervision, state: State, event: Event): Stepped {
  const stepped = handled(rules, state, event);
  const [from, to] = [state.stage.kind, stepped[0].stage.kind];
  if (from === to || to === "done") return stepped;
  const over = TIMERS[from].filter((timer) => !TIMERS[to].includes(timer));
  return after(
    over.map((timer) => ({ kind: "disarm", timer })),
    stepped,
  );
}

function handled(rules: Supervision, state: State, event: Event): Stepped {
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
    case "hang-up":
      return event.isReload ? renew(rules, state, "SIGHUP") : [state, isEnding(state) ? [] : [{ kind: "look-for-terminal" }]];
    case "reopen":
      return toAll(state, "SIGUSR1");
    case "suspend":
      return [state, [...toAll(state, "SIGSTOP")[1], { kind: "suspend" }]];
    case "resume":
      return toAll(state, "SIGCONT");
    case "stray":
      return [state, [say("warn", `Ignoring ${event.signal}, which attache does not use; further ones are not reported`)]];
    case "untied":
      return [
        state,
        [say("warn", `Cannot tie epoch ${event.epoch} to the agent: ${event.problem}; Envoy goes on when the agent is killed`)],
      ];
    case "prepared":
      return prepared({ ...state, isPreparing: false }, event);
    case "not-started":
      return notStarted(rules, state, event);
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

/** A signal that ends no Envoy. */
function toAll(state: State, signal: Signal): Stepped {
  return [state, state.epochs.map(({ number }) => ({ kind: "signal", epoch: number, signal }))];
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

/** A drain that failed. One that Envoy broke off because it was being ended is none: it was awaited no longer; nor is one before Envoy serves. */
function undrained(state: State, { problem, isLate }: Extract<Event, { kind: "drained" }>): readonly Command[] {
  const isAwaited = (state.stage.kind === "draining" || !isEnding(state)) && state.epochs.some(({ live }) => live);
  return problem !== undefined && (isAwaited || isLate === true) ? [say("warn", `Cannot drain Envoy, going on: ${problem}`)] : [];
}

function timer(rules: Supervision, state: State, name: string): Stepped {
  if (isEnding(state)) return stopTimer(rules, state, name);
  const [next, commands] = hotRestartTimer(state, name);
  return next === state && commands.length === 0 ? restartTimer(state, name) : [next, commands];
}
