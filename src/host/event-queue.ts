/** A queue of events in the order they were pushed, read by one consumer. */
export interface EventQueue<Event> {
  readonly push: (event: Event) => void;
  readonly events: AsyncIterable<Event>;
}

export function eventQueue<Event>(): EventQueue<Event> {
  const waiting: Event[] = [];
  let wake: () => void = () => {};
  async function* events(): AsyncIterable<Event> {
    for (;;) {
      const event = waiting.shift();
      if (event !== undefined) yield event;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  return {
    events: events(),
    push(event) {
      waiting.push(event);
      wake();
    },
  };
}
