/** The memory that incomplete messages of all streams of a server may take. */
export interface MessageBudget {
  /** Sets how many bytes a stream has of an incomplete message. A stream is known by what ends it. */
  readonly hold: (end: () => void, bytes: number) => void;
}

/** Returns a budget of bytes. Above it, the stream whose message has been incomplete for the longest time is ended: a client completes its messages. */
export function messageBudget(limit: number): MessageBudget {
  const held = new Map<() => void, number>();
  let total = 0;
  const hold = (end: () => void, bytes: number) => {
    total += bytes - (held.get(end) ?? 0);
    if (bytes === 0) held.delete(end);
    else held.set(end, bytes);
  };
  return {
    hold(end, bytes) {
      hold(end, bytes);
      for (const oldest of held.keys()) {
        if (total <= limit) return;
        hold(oldest, 0);
        oldest();
      }
    },
  };
}
