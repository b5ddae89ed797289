import { exited, notStarted } from "./exited.ts";
import { epochLive, prepared, requestEpoch } from "./hot-restart.ts";
import { logLine, type OfKind, prepend } from "./machine.ts";
import { epochsOf, isEnding, type Signal } from "./stage.ts";
import type { Command, Event, State, Stepped } from "./state.ts";
import { connectionsCounted, requestStop } from "./stop.ts";
import type { Supervision } from "./supervision.ts";
import { endingTimers, expired } from "./timers.ts";

/**
 * Returns the supervisor's next state after an event, and the commands to execute; `state.ts` describes the machine. Timers that only the
 * previous stage uses are cancelled here.
 */
export function step(rules: Supervision, state: State, event: Event): Stepped {
  const stepped = handle(rules, state, event);
  const [from, to] = [state.stage.kind, stepped[0].stage.kind];
  if (from === to || to === "done") return stepped;
  return prepend(
    endingTimers(from, to).map((timer) => ({ kind: "disarm", timer })),
    stepped,
  );
}

function handle(rules: Supervision, state: State, event: Event): Stepped {
  if (state.stage.kind === "done") return [state, []];
  switch (event.kind) {
    case "terminate":
    case "quit":
    case "fail":
      return requestStop(rules, state, event);
    case "drain":
      return drainEarly(rules, state);
    case "request-epoch":
      return requestEpoch(rules, state, event.trigger);
    case "hang-up":
      return event.isReload ? requestEpoch(rules, state, "SIGHUP") : [state, isEnding(state.stage) ? [] : [{ kind: "check-terminal" }]];
    case "reopen":
      return signalAll(state, "SIGUSR1");
    case "suspend":
      return [state, [...signalAll(state, "SIGSTOP")[1], { kind: "suspend" }]];
    case "resume":
      return signalAll(state, "SIGCONT");
    case "unused-signal":
      return [state, [logLine("warn", `Ignoring ${event.signal}, which attache does not use; later ones are not reported`)]];
    case "parent-death-unset":
      return [
        state,
        [
          logLine(
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
      return epochLive(rules, state, event.epoch);
    case "drained":
      return [state, drainResult(state, event)];
    case "counted":
      return connectionsCounted(rules, state, event.connections);
    case "timer":
      return expired(rules, state, event.timer);
    case "exited":
      return exited(rules, state, event);
  }
}

/** Sends a signal that does not end Envoy to every epoch. */
function signalAll(state: State, signal: Signal): Stepped {
  return [state, epochsOf(state.stage).map(({ number }) => ({ kind: "signal", epoch: number, signal }))];
}

/** Drains Envoy while the application still runs; the stop that follows is immediate (contract 1.30 §9.5). */
function drainEarly({ drain }: Supervision, state: State): Stepped {
  if (isEnding(state.stage)) return [state, []];
  return [
    { ...state, drained: true },
    [
      logLine("info", `Received /drain, draining Envoy (${drain.earlyPath}); the next stop is immediate`),
      { kind: "drain", path: drain.earlyPath },
    ],
  ];
}

/** Warns about a failed drain, unless Envoy was being stopped or does not serve yet. */
function drainResult(state: State, { problem, isLate }: OfKind<Event, "drained">): readonly Command[] {
  const isAwaited = (state.stage.kind === "draining" || !isEnding(state.stage)) && epochsOf(state.stage).some(({ live }) => live);
  return problem !== undefined && (isAwaited || isLate === true) ? [logLine("warn", `Cannot drain Envoy, continuing: ${problem}`)] : [];
}
