/** The clocks of a machine, in milliseconds: one that shows the time and may be set, and one that only counts. */
export interface Clocks {
  readonly now: () => number;
  readonly elapsed: () => number;
  /** Calls back after a time of the clock that counts, without keeping the agent alive. Returns what cancels it. */
  readonly after: (milliseconds: number, action: () => void) => () => void;
}

/** The clocks of this machine. */
export const MACHINE_CLOCKS: Clocks = {
  now: Date.now,
  elapsed: () => performance.now(),
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};
