/** How many frames that cost a peer nothing may come in a row. */
const MOST = 1_000;
/** How many more are allowed each second. */
const PER_SECOND = 50;

/** What is allowed of frames that move nothing: settings, pings, resets, priorities, empty data. */
export interface FrameAllowance {
  /** Returns whether one more is allowed. */
  readonly spend: () => boolean;
  /** Frames with data have come: those who send them also send pings to measure the connection. */
  readonly earn: (frames: number) => void;
}

/** Starts a full allowance. `now`: milliseconds of a steady clock. */
export function frameAllowance(now: () => number): FrameAllowance {
  let left = MOST;
  let filledAt = now();
  return {
    spend() {
      if (left < 1) {
        const time = now();
        left = Math.min(MOST, ((time - filledAt) / 1_000) * PER_SECOND);
        filledAt = time;
      }
      left -= 1;
      return left >= 0;
    },
    earn(frames) {
      if (left < MOST) left = Math.min(MOST, left + frames);
    },
  };
}
