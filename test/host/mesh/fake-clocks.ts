import type { Clocks } from "../../../src/host/mesh/clocks.ts";

/** Clocks that only a test advances. */
export interface FakeClocks extends Clocks {
  /** Sets the clock that shows the time, as its owner may. */
  readonly jump: (milliseconds: number) => void;
  /** Lets time pass on both clocks, and calls back who has waited for it. */
  readonly pass: (milliseconds: number) => void;
  /** How often somebody has waited. */
  readonly waits: () => number;
}

/** Returns clocks that show the time of now. */
export function fakeClocks(): FakeClocks {
  let [time, counted, waits] = [Date.now(), 0, 0];
  const waiting = new Map<number, { readonly at: number; readonly action: () => void }>();
  return {
    now: () => time,
    elapsed: () => counted,
    after(milliseconds, action) {
      const id = waits++;
      waiting.set(id, { at: counted + milliseconds, action });
      return () => void waiting.delete(id);
    },
    jump(milliseconds) {
      time += milliseconds;
    },
    pass(milliseconds) {
      const end = counted + milliseconds;
      for (;;) {
        const [next] = [...waiting].filter(([, { at }]) => at <= end).toSorted(([, one], [, other]) => one.at - other.at);
        const at = next?.[1].at ?? end;
        time += at - counted;
        counted = at;
        if (next === undefined) return;
        waiting.delete(next[0]);
        next[1].action();
      }
    },
    waits: () => waits,
  };
}
