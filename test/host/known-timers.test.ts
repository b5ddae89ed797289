import { afterEach, expect, test } from "bun:test";
import { Glob } from "bun";
import { type KnownTimers, knowTimers } from "../../src/host/known-timers.ts";
import { ROOT } from "../support/subject.ts";

const HOUR = 3_600_000;
let timers: KnownTimers | undefined;

afterEach(() => {
  timers?.forget();
  timers = undefined;
});

/** Starts to know timers on a clock that the test sets. */
function known() {
  const clock = { time: 1_000 };
  timers = knowTimers(() => clock.time);
  return { clock, timers };
}

test("knows when the next timer is due, of each kind", () => {
  const { clock, timers } = known();
  expect(timers.untilNext()).toBe(Number.POSITIVE_INFINITY);
  const set = [setTimeout(() => {}, HOUR), setInterval(() => {}, 2 * HOUR)];
  expect(timers.untilNext()).toBe(HOUR);
  clock.time += HOUR + 1_000;
  expect(timers.untilNext()).toBe(HOUR - 1_000);
  AbortSignal.timeout(60_000);
  expect(timers.untilNext()).toBe(60_000);
  Bun.sleep(1);
  expect(timers.untilNext()).toBe(1);
  for (const each of set) clearTimeout(each);
});

test("counts callbacks, which get their arguments, and knows those of setImmediate that have yet to run", async () => {
  const { timers } = known();
  expect(timers.hasImmediate()).toBe(false);
  const { promise, resolve } = Promise.withResolvers<readonly unknown[]>();
  setImmediate((...args: unknown[]) => resolve(args), 1, "two");
  expect([timers.hasImmediate(), timers.ran()]).toEqual([true, 0]);
  expect(await promise).toEqual([1, "two"]);
  expect([timers.hasImmediate(), timers.ran()]).toEqual([false, 1]);
  expect(await new Promise((resolve) => setTimeout((...args: unknown[]) => resolve(args), 0, 3))).toEqual([3]);
  expect(timers.ran()).toBe(2);
});

test("an interval is due again after each time", async () => {
  const { clock, timers } = known();
  const { promise, resolve } = Promise.withResolvers<void>();
  const interval = setInterval(resolve, 5);
  clock.time += HOUR;
  await promise;
  clearInterval(interval);
  expect(timers.untilNext()).toBe(5);
});

test("of more timers than it keeps, it knows nothing until the last is over", () => {
  const { clock, timers } = known();
  const set = Array.from({ length: 1_001 }, (_, index) => setTimeout(() => {}, HOUR + index));
  for (const each of set) clearTimeout(each);
  expect(timers.untilNext()).toBe(0);
  clock.time += HOUR + 2_000;
  expect(timers.untilNext()).toBe(Number.POSITIVE_INFINITY);
});

test("gives the functions of the runtime back", () => {
  const before = [globalThis.setTimeout, globalThis.setInterval, globalThis.setImmediate, Bun.sleep, AbortSignal.timeout];
  const { timers } = known();
  timers.forget();
  expect([globalThis.setTimeout, globalThis.setInterval, globalThis.setImmediate, Bun.sleep, AbortSignal.timeout]).toEqual(before);
});

test("the agent has no timers of other kinds", async () => {
  const others = /node:timers|\.refresh\(\)|clearImmediate|\bwatchFile\(\w+, \{|socket\??\.(setTimeout|timeout)\(|\btimeout: [a-z]+[,} ]/;
  const files = [...new Glob("src/host/**/*.ts").scanSync(ROOT)];
  const texts = await Promise.all(files.map(async (path) => [path, await Bun.file(`${ROOT}/${path}`).text()] as const));
  // Its limits on silence are counted.
  expect(texts.filter(([, text]) => others.test(text)).map(([path]) => path)).toEqual(["src/host/http/byte-stream.ts"]);
});
