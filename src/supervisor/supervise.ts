import { STATUS } from "../common/exit-status.ts";
import { type Command, type Event, INITIAL, type State } from "./state.ts";
import { step } from "./step.ts";
import type { Supervision } from "./supervision.ts";

/** The effects of the supervisor's steps. */
export interface Effects {
  /** Starts executing a command without waiting for it. */
  readonly start: (command: Command) => void;
  readonly seen: (state: State) => void;
  /** Reports an unexpected exception. Never throws. */
  readonly bug: (error: unknown) => void;
}

/** The agent has a bug, so Envoy is stopped in order. */
export const BUG: Event = { kind: "fail", status: STATUS.bug, why: "a bug in attache" };

/**
 * Feeds events to the step function and executes its commands until no Envoy is left or, without one, a stop is requested. An exception
 * stops Envoy in order; only that stop itself must not fail. Returns the agent's exit status.
 * @throws what the step function throws during such a stop
 */
export async function supervise(rules: Supervision, events: AsyncIterable<Event>, effects: Effects, initial = INITIAL): Promise<number> {
  let state: State = initial;
  for await (const event of events) {
    const waiting: Event[] = [event];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [after, failures] = takeStep(rules, state, next, effects);
      state = after;
      if (state.stage.kind === "done") return state.stage.status;
      waiting.push(...failures);
    }
  }
  throw new Error("The events ended before Envoy did");
}

/** Takes a step and starts its commands, and the steps that follow; returns the state and the events caused by failures. */
function takeStep(rules: Supervision, before: State, event: Event, { start, seen, bug }: Effects): readonly [State, readonly Event[]] {
  let state = before;
  let commands: readonly Command[] = [];
  const broken: Event[] = [];
  const attempt = (act: () => void, ...consequences: readonly Event[]) => {
    try {
      act();
    } catch (error) {
      bug(error);
      // A stop after a bug continues as far as possible.
      if (event.kind !== "fail") broken.push(...consequences, BUG);
    }
  };
  if (event.kind === "fail") [state, commands] = step(rules, before, event);
  else
    attempt(() => {
      [state, commands] = step(rules, before, event);
    });
  attempt(() => seen(state));
  for (const command of commands) attempt(() => start(command), ...consequencesOf(command));
  return [state, broken];
}

/** An epoch that could not be started must not be waited for. */
function consequencesOf(command: Command): readonly Event[] {
  if (command.kind !== "start") return [];
  const { epoch } = command;
  return [{ kind: "not-started", epoch, problem: `Cannot start epoch ${epoch}: a bug in attache`, status: STATUS.bug }];
}
