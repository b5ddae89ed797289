import { describe, expect, test } from "bun:test";
import { type Random, rotationTime, rotationWait } from "../../src/mesh/rotation.ts";

/** Gives these numbers one after another. */
function numbers(...all: readonly number[]): Random {
  let next = 0;
  return () => all[next++] ?? 0;
}

const DAY = 86_400_000;
const PLUS = 0.9;
const MINUS = 0.1;

describe("rotationTime", () => {
  test.each<[name: string, ratio: number, jitter: number, random: Random, after: number]>([
    ["half of the lifetime is left", 0.5, 0, numbers(0, 0), DAY / 2],
    ["less by the greatest jitter", 0.5, 0.01, numbers(1, PLUS), 0.49 * DAY],
    ["more by the greatest jitter", 0.5, 0.01, numbers(1, MINUS), 0.51 * DAY],
    ["half of the jitter", 0.5, 0.2, numbers(0.5, PLUS), 0.4 * DAY],
    ["nothing is left", 0, 0, numbers(0, 0), DAY],
    ["a ratio below zero", 0, 0.5, numbers(1, MINUS), DAY],
    ["a ratio above one", 1, 0.5, numbers(1, PLUS), 0],
    ["all of it is left", 1, 0, numbers(0, 0), 0],
  ])("%s", (_, ratio, jitter, random, after) => {
    const receivedAt = 1_700_000_000_000;
    expect(rotationTime({ receivedAt, notAfter: receivedAt + DAY }, { ratio, jitter }, random) - receivedAt).toBeCloseTo(after, 0);
  });

  test("an expired certificate is replaced at once", () => {
    expect(rotationTime({ receivedAt: 1_000, notAfter: 0 }, { ratio: 0.5, jitter: 0 }, numbers(0, 0))).toBe(1_000);
  });
});

describe("rotationWait", () => {
  test.each<[name: string, now: number, elapsed: number, wait: number]>([
    ["both clocks look again after a minute", 1_000_000, 500, 60_000],
    ["the rest", 1_990_000, 990_500, 10_000],
    ["due", 2_000_000, 1_000_500, 0],
    ["the machine's clock has jumped forward", 9_000_000, 600, 0],
    ["the machine's clock has jumped back", 0, 990_500, 10_000],
    ["the machine's clock was stopped", 1_000_000, 1_000_500, 0],
  ])("%s", (_, now, elapsed, wait) => {
    expect(rotationWait({ at: 2_000_000, elapsedAt: 1_000_500 }, now, elapsed)).toBe(wait);
  });
});
