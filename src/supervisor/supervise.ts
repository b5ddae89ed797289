import type { Supervision } from "../launch/supervision.ts";
import { type Command, type Event, INITIAL, type State } from "./state.ts";
import { step } from "./step.ts";

/** Feeds events to the step function and starts what it commands, until no Envoy is left or, without one, a stop is asked for. Returns the agent's exit status. */
export async function supervise(
  rules: Supervision,
  events: AsyncIterable<Event>,
  start: (command: Command) => void,
  seen: (state: State) => void = () => {},
  initial = INITIAL,
): Promise<number> {
  let state: State = initial;
  for await (const event of events) {
    const [next, commands] = step(rules, state, event);
    state = next;
    seen(state);
    for (const command of commands) start(command);
    if (state.stage.kind === "done") return state.stage.status;
  }
  throw new Error("The events ended before Envoy did");
}
