import { releaseCodePages } from "../linux/release-code-pages.ts";

/** Bytes of garbage after which it is collected. The runtime would let it grow to twice its heap, and does not count what is outside the heap. */
const COLLECT_EVERY = 524_288;
/** Garbage that takes longer to come together is left to the runtime's own timer, in milliseconds. */
const WITHIN = 10_000;
/** How long after the last load what it has left is given back, in milliseconds. */
const REST_AFTER = 5_000;

/** Collects what callers leave behind, so that any number of them takes a bounded amount of memory. */
export interface Collector {
  /** Counts garbage, in bytes. */
  readonly leave: (bytes: number) => void;
  readonly close: () => void;
}

/** Opens a collector. Callers that come now and then, as probes and scrapes do, cost nothing: no collection and no timer. */
export function openCollector(): Collector {
  let left = 0;
  let since = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    leave(bytes) {
      const now = performance.now();
      if (now - since > WITHIN) {
        since = now;
        left = 0;
      }
      left += bytes;
      if (left < COLLECT_EVERY) return;
      since = now;
      left = 0;
      Bun.gc(true);
      clearTimeout(timer);
      timer = setTimeout(giveBack, REST_AFTER);
    },
    close: () => clearTimeout(timer),
  };
}

/** Gives back what only a load has needed: code of the program, garbage, and code of the runtime. */
function giveBack(): void {
  Bun.shrink();
  Bun.gc(true);
  releaseCodePages();
}
