import { LONGEST_TIMER } from "../../common/longest-timer.ts";
import type { Timer } from "../../supervisor/state.ts";

/** Opens timers by name; arming one again replaces it. Durations longer than the runtime can count are cut to 24 days. */
export function openTimers(fired: (timer: Timer) => void): {
  readonly arm: (timer: Timer, milliseconds: number) => void;
  readonly disarm: (timer: Timer) => void;
  readonly close: () => void;
} {
  const armed = new Map<Timer, NodeJS.Timeout>();
  const disarm = (timer: Timer) => clearTimeout(armed.get(timer));
  return {
    disarm,
    arm(timer, milliseconds) {
      disarm(timer);
      armed.set(
        timer,
        setTimeout(() => fired(timer), Math.min(milliseconds, LONGEST_TIMER)),
      );
    },
    close() {
      for (const timer of armed.keys()) disarm(timer);
    },
  };
}
