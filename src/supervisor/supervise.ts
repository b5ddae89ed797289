import { STATUS } from "../common/exit-status.ts";
import { type Command, type Event, INITIAL, type State } from "./state.ts";
import { step } from "./step.ts";
import type { Supervision } from "./supervision.ts";

/** What the supervisor's steps set in motion. */
export interface Effects {
  /** Begins what a command says; does not wait for it. */
  readonly start: (command: Command) => void;
  readonly seen: (state: State) => void;
  /** Reports an exception that nobody foresaw. Never throws. */
  readonly bug: (error: unknown) => void;
}

/** The agent cannot be trusted any longer, so Envoy is stopped in order. */
export const BUG: Event = { kind: "fail", status: STATUS.bug, why: "a bug in attache" };

/**
 * Feeds events to the step function and starts what it commands, until no Envoy is left or, without one, a stop is asked for. An
 * exception on the way stops Envoy in order too; only that stop itself must not fail. Returns the agent's exit status.
 *
 * @throws what the step function throws at such a stop
 */
export async function supervise(rules: Supervision, events: AsyncIterable<Event>, effects: Effects, initial = INITIAL): Promise<number> {
  let state: State = initial;
  for await (const event of events) {
    const waiting: Event[] = [event];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [after, broken] = taken(rules, state, next, effects);
      state = after;
      if (state.stage.kind === "done") return state.stage.status;
      waiting.push(...broken);
    }
  }
  throw new Error("The events ended before Envoy did");
}

/** The state after an event, everything begun that follows from it, and the events that follow from what broke. */
function taken(rules: Supervision, before: State, event: Event, { start, seen, bug }: Effects): readonly [State, readonly Event[]] {
  let state = before;
  let commands: readonly Command[] = [];
  const broken: Event[] = [];
  const attempt = (act: () => void, ...consequences: readonly Event[]) => {
    try {
      act();
    } catch (error) {
      bug(error);
      // A stop because of a bug goes on as well as it can.
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
