import type { Random } from "./rotation.ts";

/** The first and the longest wait, in milliseconds. */
const FIRST = 500;
const LONGEST = 60_000;
const FACTOR = 1.5;

/**
 * Returns how long to wait after a failure, in milliseconds: each wait is 1.5 times the one before, up to a minute, and each is varied by
 * half (contract 1.30 §13a). `failures` counts those in a row before this one.
 */
export function backoffWait(failures: number, random: Random, first = FIRST): number {
  // From nothing, a wait would never grow.
  const wait = Math.min(Math.max(first, 1) * FACTOR ** failures, LONGEST);
  return wait * (0.5 + random());
}
