import { expect, test } from "bun:test";
import { undisturbed } from "./undisturbed.ts";

/** Measures what takes a turn of the event loop, on a machine that stands still during the first measurements. */
function measuring(standstills: number, results: readonly string[]) {
  let [times, now] = [0, 0];
  const measure = async () => {
    if (times < standstills) now += 100;
    await new Promise((resolve) => void setImmediate(resolve));
    return results[times++] ?? "";
  };
  return { measure, clock: () => now, times: () => times };
}

test.each<[what: string, standstills: number, results: readonly string[], result: string, times: number]>([
  ["a result of a machine that ran is final, although it is not as expected", 0, ["bad", "good"], "bad", 1],
  ["an expected result is final, although the machine stood still", 9, ["good", "bad"], "good", 1],
  ["another result of a machine that stood still is measured again", 2, ["bad", "bad", "good"], "good", 3],
  ["the result of the first machine that ran is final", 1, ["bad", "bad", "good"], "bad", 2],
  ["a machine that always stands still ends it", 9, ["1", "2", "3", "4", "5", "good"], "5", 5],
])("%s", async (_, standstills, results, result, times) => {
  const { measure, clock, times: measured } = measuring(standstills, results);
  expect(await undisturbed(measure, (each) => each === "good", clock)).toBe(result);
  expect(measured()).toBe(times);
});
