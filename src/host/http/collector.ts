import { releaseCodePages } from "../linux/release-code-pages.ts";
import { shrink } from "../shrink.ts";

/**
 * Bytes of garbage that trigger a collection. The runtime would let garbage grow to twice its heap, and ignores memory outside the heap.
 */
const COLLECT_EVERY = 524_288;
/** Milliseconds within which that garbage must accumulate; slower garbage is left to the runtime. */
const WITHIN = 10_000;
/** Milliseconds after the last load until its memory is released, unless its user waits longer. */
const REST_AFTER = 5_000;

/** Collects the garbage of requests, so that any number of them uses bounded memory. */
export interface Collector {
  /** Counts garbage, in bytes, and memory that was used and is free again. */
  readonly leave: (garbage: number, freed?: number) => void;
  readonly close: () => void;
}

/**
 * Opens a collector. `atRest` is called when its load has ended `restAfter` milliseconds ago. Occasional callers, such as probes and scrapes,
 * cost nothing: no collection and no timer.
 */
export function openCollector(atRest: () => void = () => {}, restAfter = REST_AFTER): Collector {
  let left = 0;
  /** Memory that was used, garbage or not, since its release was put off last. */
  let used = 0;
  let windowStart = 0;
  let lastLoad = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  // A timer that is set again for each load would cost more than one that looks when the last load was.
  const releaseAtRest = () => {
    const wait = lastLoad + restAfter - performance.now();
    timer = undefined;
    if (wait > 0) timer = setTimeout(releaseAtRest, wait);
    else release(atRest);
  };
  return {
    leave(garbage, freed = 0) {
      const now = performance.now();
      if (now - windowStart > WITHIN) {
        windowStart = now;
        left = 0;
        used = 0;
      }
      left += garbage;
      used += garbage + freed;
      if (used < COLLECT_EVERY) return;
      used = 0;
      lastLoad = now;
      timer ??= setTimeout(releaseAtRest, restAfter);
      if (left < COLLECT_EVERY) return;
      windowStart = now;
      left = 0;
      Bun.gc(true);
    },
    close: () => clearTimeout(timer),
  };
}

/** Releases memory that only a load needed: compiled code, garbage, and code pages of the runtime. */
function release(atRest: () => void): void {
  atRest();
  shrink();
  releaseCodePages();
}
