import { type Service, untilInterrupted } from "../../commands/service.ts";
import { limitedConnections } from "../http/byte-stream.ts";
import { type LoopWait, loopWait } from "../linux/loop-wait.ts";
import { lastShrink } from "../shrink.ts";
import { trackTimers } from "../track-timers.ts";

/** Milliseconds until the first wait: by then, most Envoys are ready, and what waiting needs is not loaded while they start. */
const BEGIN_AFTER = 500;
/** Milliseconds that the loop is left alone while there is work. */
const BUSY = 250;
/** Milliseconds that the loop is left alone after memory was released: the runtime frees it bit by bit. */
const AFTER_SHRINK = 1_000;
/** A wait of fewer milliseconds is short. */
const SHORT = 1_000;
/** How many short waits may follow each other: a few PING frames and their answers are not work. */
const SHORT_WAITS = 30;
/** The longest wait, in milliseconds. */
const LONGEST = 30_000;
/** The longest wait while the runtime has limits on silence to check, which it does every 4 s. */
const LONGEST_LIMITED = 2_000;

/**
 * Opens long waits of an agent at rest. With a connection open, the runtime wakes two threads each second for timers of its own, which
 * nothing at rest needs, and collects garbage then. Between two turns of the event loop, the agent therefore waits itself for what the
 * loop would wait for, until the next timer of its own is due. `open` returns what waits.
 */
export function openLongWaits(open: () => LoopWait | undefined = loopWait): Service {
  // The functions as they were: these callbacks do not count as work.
  const { setTimeout, setImmediate } = globalThis;
  const timers = trackTimers();
  let wait: LoopWait | undefined;
  let shortWaits = 0;
  let isClosed = false;
  let next: ReturnType<typeof setTimeout> | undefined;

  const begin = () => {
    wait = open();
    if (wait === undefined) return timers.forget();
    settle();
  };
  const leaveAlone = (milliseconds: number) => {
    shortWaits = 0;
    next = setTimeout(settle, milliseconds).unref();
  };
  /** Waits after a whole turn of the loop in which no callback has run, so that none has left work for the turn that follows. */
  const settle = () => {
    const before = timers.ran();
    const turn = performance.now();
    const act = () => {
      if (isClosed) return;
      timers.forgetUntil(turn);
      waitSince(before);
    };
    setImmediate(() => setImmediate(act));
  };
  const waitSince = (before: number) => {
    const start = performance.now();
    const freeing = lastShrink() + AFTER_SHRINK - start;
    if (freeing > 0) return leaveAlone(freeing);
    const time = Math.min(timers.untilNext(), limitedConnections() > 0 ? LONGEST_LIMITED : LONGEST);
    if (timers.ran() === before && !timers.hasImmediate()) wait?.(Math.ceil(time));
    shortWaits = performance.now() - start < SHORT ? shortWaits + 1 : 0;
    if (shortWaits < SHORT_WAITS) settle();
    else leaveAlone(BUSY);
  };
  next = setTimeout(begin, BEGIN_AFTER).unref();
  return untilInterrupted(() => {
    isClosed = true;
    clearTimeout(next);
    timers.forget();
  });
}
