import { type Command, type Event, INITIAL, type State, step } from "./step.ts";

/** Feeds events to the step function and starts what it commands, until Envoy is gone. Returns the agent's exit status. */
export async function supervise(events: AsyncIterable<Event>, start: (command: Command) => void): Promise<number> {
  let state: State = INITIAL;
  for await (const event of events) {
    const [next, commands] = step(state, event);
    state = next;
    for (const command of commands) start(command);
    if (state.phase === "done") return state.status;
  }
  throw new Error("The events ended before Envoy did");
}
