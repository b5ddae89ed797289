import { expect } from "bun:test";
import type { Holding } from "./holding.ts";

/** The allowed growth from the first row, which is the warm-up, to the last. */
const SLACK = {
  /** In MB: measurements vary by 1 or 2; a leak of 0.5 kB per probe, or of each restart's bootstrap, adds up to more. */
  memory: 4,
  /** Descriptors and files are counted when idle, so none may be added. */
  descriptors: 0,
  /** The runtime starts helper threads when it needs them, up to a few per processor. */
  threads: 4,
  files: 0,
} as const;

/** Expects that an agent holds no more at the end of a run than after its first minutes. */
export function expectNoGrowth(holdings: readonly Holding[]): void {
  const [first, last] = [holdings[0], holdings.at(-1)];
  if (first === undefined || last === undefined || first === last) throw new Error("There is nothing to compare");
  expect(holdings.flatMap(({ zombies }) => zombies)).toEqual([]);
  expect(last.files.length - first.files.length).toBeLessThanOrEqual(SLACK.files);
  expect(last.descriptors - first.descriptors).toBeLessThanOrEqual(SLACK.descriptors);
  expect(last.threads - first.threads).toBeLessThanOrEqual(SLACK.threads);
  expect(last.memory - first.memory).toBeLessThanOrEqual(SLACK.memory);
}
