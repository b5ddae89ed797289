let last = Number.NEGATIVE_INFINITY;

/** Drops compiled code that has run, and collects garbage: the runtime does so once nothing runs, and frees memory in the turns after it. */
export function shrink(): void {
  // This ends a collection that is under way, during which the runtime would do nothing.
  Bun.gc(true);
  Bun.shrink();
  last = performance.now();
}

/** Returns when that was last requested, as `performance.now()` counts. */
export function lastShrink(): number {
  return last;
}
