/** How many times are kept. Beyond that, nothing is known until the last of them is over. */
const MOST = 1_000;

/** What is known of the timers that were set since `knowTimers`. */
export interface KnownTimers {
  /** Milliseconds until the next one may be due; one that was cleared counts too. */
  readonly untilNext: () => number;
  /** How many callbacks have run. */
  readonly ran: () => number;
  /** Whether a callback of `setImmediate` has yet to run. */
  readonly hasImmediate: () => boolean;
  /** Gives the functions that set timers their place back. */
  readonly forget: () => void;
}

type Callback = (...args: unknown[]) => unknown;
type SetTimer = (callback: Callback, milliseconds?: number, ...args: unknown[]) => unknown;

/** Makes a note of every timer that is set from now on, by taking the place of the functions of the runtime that set one. */
export function knowTimers(now: () => number = () => performance.now()): KnownTimers {
  const times = dueTimes(now);
  let immediates = 0;
  let ran = 0;
  const setTimeout: SetTimer = globalThis.setTimeout;
  const setInterval: SetTimer = globalThis.setInterval;
  const setImmediate: (callback: Callback, ...args: unknown[]) => unknown = globalThis.setImmediate;
  const { sleep } = Bun;
  const { timeout } = AbortSignal;
  /** Returns a callback that counts. */
  const counted = (callback: Callback, before?: () => void): Callback => {
    return (...args) => {
      ran++;
      before?.();
      callback(...args);
    };
  };
  Object.assign(globalThis, {
    setTimeout(callback: Callback, milliseconds?: number, ...args: unknown[]) {
      times.add(milliseconds);
      return setTimeout(counted(callback), milliseconds, ...args);
    },
    setInterval(callback: Callback, milliseconds?: number, ...args: unknown[]) {
      const again = () => times.add(milliseconds);
      again();
      return setInterval(counted(callback, again), milliseconds, ...args);
    },
    setImmediate(callback: Callback, ...args: unknown[]) {
      immediates++;
      return setImmediate(
        counted(callback, () => immediates--),
        ...args,
      );
    },
  });
  Object.assign(Bun, {
    sleep(time: number | Date) {
      times.add(typeof time === "number" ? time : time.getTime() - Date.now());
      return sleep(time);
    },
  });
  Object.assign(AbortSignal, {
    timeout(milliseconds: number) {
      times.add(milliseconds);
      return timeout.call(AbortSignal, milliseconds);
    },
  });
  return {
    untilNext: times.untilNext,
    ran: () => ran,
    hasImmediate: () => immediates > 0,
    forget() {
      Object.assign(globalThis, { setTimeout, setInterval, setImmediate });
      Object.assign(Bun, { sleep });
      Object.assign(AbortSignal, { timeout });
    },
  };
}

/** Keeps when timers are due. */
function dueTimes(now: () => number) {
  const times = new Set<number>();
  let unknownUntil = 0;
  const dropPast = () => {
    const present = now() - 1;
    for (const time of times) if (time < present) times.delete(time);
  };
  return {
    add(milliseconds = 0) {
      times.add(Math.floor(now() + Math.max(0, milliseconds)));
      if (times.size <= MOST) return;
      dropPast();
      if (times.size <= MOST) return;
      unknownUntil = Math.max(unknownUntil, ...times);
      times.clear();
    },
    untilNext() {
      dropPast();
      return now() < unknownUntil ? 0 : Math.max(0, Math.min(...times) - now());
    },
  };
}
