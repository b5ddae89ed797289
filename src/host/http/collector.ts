import { releaseCodePages } from "../linux/release-code-pages.ts";

/**
 * Bytes of garbage that trigger a collection. The runtime would let garbage grow to twice its heap, and ignores memory outside the heap.
 */
const COLLECT_EVERY = 524_288;
/** Milliseconds within which that garbage must accumulate; slower garbage is left to the runtime. */
const WITHIN = 10_000;
/** Milliseconds after the last load until its memory is released. */
const REST_AFTER = 5_000;

/** Collects the garbage of requests, so that any number of them uses bounded memory. */
export interface Collector {
  /** Counts garbage, in bytes. */
  readonly leave: (bytes: number) => void;
  readonly close: () => void;
}

/** Opens a collector. Occasional callers, such as probes and scrapes, cost nothing: no collection and no timer. */
export function openCollector(): Collector {
  let left = 0;
  let windowStart = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    leave(bytes) {
      const now = performance.now();
      if (now - windowStart > WITHIN) {
        windowStart = now;
        left = 0;
      }
      left += bytes;
      if (left < COLLECT_EVERY) return;
      windowStart = now;
      left = 0;
      Bun.gc(true);
      clearTimeout(timer);
      timer = setTimeout(release, REST_AFTER);
    },
    close: () => clearTimeout(timer),
  };
}

/** Releases memory that only a load needed: compiled code, garbage, and code pages of the runtime. */
function release(): void {
  Bun.shrink();
  Bun.gc(true);
  releaseCodePages();
}
