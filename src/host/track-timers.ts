/** Milliseconds that the runtime makes of a shorter time, or one that it cannot keep. */
const SHORTEST = 1;
/** The longest time in milliseconds that the runtime can keep. */
const LONGEST = 2 ** 31 - 1;
/** Milliseconds added to each time: the runtime may round up, and a wait that ends early is followed by another one. */
const MARGIN = 1;

/** The timers that were set since `trackTimers`. */
export interface TrackedTimers {
  /** Milliseconds until the next one is due; 0 when it is overdue. */
  readonly untilNext: () => number;
  /** Forgets timers that were due at a time after which the loop has made a whole turn: their callbacks have run. */
  readonly forgetUntil: (time: number) => void;
  /** How many callbacks have run. */
  readonly ran: () => number;
  /** Whether a callback of `setImmediate` has yet to run. */
  readonly hasImmediate: () => boolean;
  /** Restores the functions of the runtime that set timers. */
  readonly forget: () => void;
}

type Callback = (...args: unknown[]) => unknown;
type SetTimer = (callback: Callback, milliseconds?: number, ...args: unknown[]) => unknown;
type Times = ReturnType<typeof dueTimes>;
type Counted = (callback: Callback, after: () => void) => Callback;

/** Functions of the runtime, and those that replace them. */
interface Replacement {
  readonly replaced: object;
  readonly replacing: object;
}

/** Tracks every timer that is set from now on, by replacing the functions of the runtime that set one. */
export function trackTimers(now: () => number = () => performance.now()): TrackedTimers {
  const times = dueTimes(now);
  const immediates = new Set<unknown>();
  let ran = 0;
  /** Returns a callback that counts. */
  const counted = (callback: Callback, after: () => void): Callback => {
    return (...args) => {
      ran++;
      try {
        callback(...args);
      } finally {
        after();
      }
    };
  };
  const replacements: readonly (readonly [object, Replacement])[] = [
    [globalThis, timerFunctions(times, counted)],
    [globalThis, immediateFunctions(immediates, counted)],
    [Bun, sleepFunction(times)],
    [AbortSignal, timeoutFunction(times)],
  ];
  for (const [owner, { replacing }] of replacements) Object.assign(owner, replacing);
  return {
    untilNext: times.untilNext,
    forgetUntil: times.forgetUntil,
    ran: () => ran,
    hasImmediate: () => immediates.size > 0,
    forget() {
      for (const [owner, { replaced }] of replacements) Object.assign(owner, replaced);
    },
  };
}

function timerFunctions(times: Times, counted: Counted): Replacement {
  const { clearTimeout, clearInterval } = globalThis;
  const setTimeout: SetTimer = globalThis.setTimeout;
  const setInterval: SetTimer = globalThis.setInterval;
  return {
    replaced: { setTimeout, setInterval, clearTimeout, clearInterval },
    replacing: {
      setTimeout(callback: Callback, milliseconds?: number, ...args: unknown[]) {
        const after = () => times.drop(timer);
        const timer = setTimeout(counted(callback, after), milliseconds, ...args);
        times.add(timer, milliseconds);
        return timer;
      },
      setInterval(callback: Callback, milliseconds?: number, ...args: unknown[]) {
        // One that was cleared in its callback counts once more.
        const after = () => times.add(timer, milliseconds);
        const timer = setInterval(counted(callback, after), milliseconds, ...args);
        times.add(timer, milliseconds);
        return timer;
      },
      clearTimeout(timer?: number | Timer) {
        times.drop(timer);
        clearTimeout(timer);
      },
      clearInterval(timer?: number | Timer) {
        times.drop(timer);
        clearInterval(timer);
      },
    },
  };
}

function immediateFunctions(immediates: Set<unknown>, counted: Counted): Replacement {
  const { setImmediate, clearImmediate } = globalThis;
  return {
    replaced: { setImmediate, clearImmediate },
    replacing: {
      setImmediate(callback: Callback, ...args: unknown[]) {
        const after = () => immediates.delete(immediate);
        const immediate = setImmediate(counted(callback, after), ...args);
        immediates.add(immediate);
        return immediate;
      },
      clearImmediate(immediate?: Parameters<typeof clearImmediate>[0]) {
        immediates.delete(immediate);
        clearImmediate(immediate);
      },
    },
  };
}

function sleepFunction(times: Times): Replacement {
  const { sleep } = Bun;
  return {
    replaced: { sleep },
    replacing: {
      sleep(time: number | Date) {
        const slept = sleep(time);
        times.add(slept, typeof time === "number" ? time : time.getTime() - Date.now());
        return slept;
      },
    },
  };
}

function timeoutFunction(times: Times): Replacement {
  const { timeout } = AbortSignal;
  return {
    replaced: { timeout },
    replacing: {
      timeout(milliseconds: number) {
        const signal = timeout.call(AbortSignal, milliseconds);
        // Not by the signal, which may be freed before.
        times.add({}, milliseconds);
        return signal;
      },
    },
  };
}

/** Keeps when timers are due. */
function dueTimes(now: () => number) {
  const times = new Map<unknown, number>();
  return {
    add(timer: unknown, milliseconds = 0) {
      const isKept = milliseconds >= SHORTEST && milliseconds <= LONGEST;
      times.set(timer, now() + (isKept ? milliseconds : SHORTEST) + MARGIN);
    },
    drop: (timer: unknown) => void times.delete(timer),
    untilNext() {
      let next = Number.POSITIVE_INFINITY;
      for (const time of times.values()) if (time < next) next = time;
      return Math.max(0, next - now());
    },
    forgetUntil(time: number) {
      for (const [timer, due] of times) if (due <= time) times.delete(timer);
    },
  };
}
