import { ended, notStarted } from "./ended.ts";
import { becameLive, prepared, renew } from "./hot-restart.ts";
import { after, type OfKind, say } from "./machine.ts";
import { epochsOf, isEnding, type Signal } from "./stage.ts";
import type { Command, Event, State, Stepped } from "./state.ts";
import { askedToStop, counted } from "./stop.ts";
import type { Supervision } from "./supervision.ts";
import { endingTimers, expired } from "./timers.ts";

/**
 * The supervisor's one rule: the state after an event, and what is to be begun. `state.ts` says what the machine is.
 * Timers that only the stage before waits for end here.
 */
export function step(rules: Supervision, state: State, event: Event): Stepped {
  const stepped = handled(rules, state, event);
  const [from, to] = [state.stage.kind, stepped[0].stage.kind];
  if (from === to || to === "done") return stepped;
  return after(
    endingTimers(from, to).map((timer) => ({ kind: "disarm", timer })),
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
      return event.isReload ? renew(rules, state, "SIGHUP") : [state, isEnding(state.stage) ? [] : [{ kind: "look-for-terminal" }]];
    case "reopen":
      return toAll(state, "SIGUSR1");
    case "suspend":
      return [state, [...toAll(state, "SIGSTOP")[1], { kind: "suspend" }]];
    case "resume":
      return toAll(state, "SIGCONT");
    case "stray":
      return [state, [say("warn", `Ignoring ${event.signal}, which attache does not use; later ones are not reported`)]];
    case "untied":
      return [
        state,
        [
          say(
            "warn",
            `Cannot set the parent-death signal of epoch ${event.epoch}: ${event.problem}; Envoy keeps running if the agent is killed`,
          ),
        ],
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
      return expired(rules, state, event.timer);
    case "exited":
      return ended(rules, state, event);
  }
}

/** A signal that ends no Envoy. */
function toAll(state: State, signal: Signal): Stepped {
  return [state, epochsOf(state.stage).map(({ number }) => ({ kind: "signal", epoch: number, signal }))];
}

/** The application still runs and Envoy is drained for it: the stop that follows is immediate (contract 1.30 §9.5). */
function drainEarly({ drain }: Supervision, state: State): Stepped {
  if (isEnding(state.stage)) return [state, []];
  return [
    { ...state, drained: true },
    [
      say("info", `Received /drain, draining Envoy (${drain.earlyPath}); the next stop is immediate`),
      { kind: "drain", path: drain.earlyPath },
    ],
  ];
}

/** Warns of a drain that failed, unless Envoy broke it off because it was being ended, or does not serve yet. */
function undrained(state: State, { problem, isLate }: OfKind<Event, "drained">): readonly Command[] {
  const isAwaited = (state.stage.kind === "draining" || !isEnding(state.stage)) && epochsOf(state.stage).some(({ live }) => live);
  return problem !== undefined && (isAwaited || isLate === true) ? [say("warn", `Cannot drain Envoy, continuing: ${problem}`)] : [];
}
