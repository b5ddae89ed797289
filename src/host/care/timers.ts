import type { Timer } from "../../supervisor/state.ts";

/** Timers by name: arming one again replaces it. */
export function openTimers(fired: (timer: Timer) => void): {
  readonly arm: (timer: Timer, milliseconds: number) => void;
  readonly disarm: (timer: Timer) => void;
  readonly close: () => void;
} {
  const armed = new Map<Timer, NodeJS.Timeout>();
  const disarm = (timer: Timer) => {
    clearTimeout(armed.get(timer));
    armed.delete(timer);
  };
  return {
    disarm,
    arm(timer, milliseconds) {
      disarm(timer);
      armed.set(
        timer,
        setTimeout(() => {
          armed.delete(timer);
          fired(timer);
        }, milliseconds),
      );
    },
    close() {
      for (const timer of [...armed.keys()]) disarm(timer);
    },
  };
}
