import { afterEach, expect, test } from "bun:test";
import { Glob } from "bun";
import { type TrackedTimers, trackTimers } from "../../src/host/track-timers.ts";
import { ROOT } from "../support/subject.ts";

const HOUR = 3_600_000;
/** What the runtime makes of less. */
const SHORTEST = 1;
/** A wait ends a little after a timer is due, so that it has work then. */
const MARGIN = 1;
let timers: TrackedTimers | undefined;

afterEach(() => {
  timers?.forget();
  timers = undefined;
});

/** Starts to know timers on a clock that the test sets. */
function known() {
  const clock = { time: 1_000 };
  timers = trackTimers(() => clock.time);
  return { clock, timers };
}

test("knows when the next timer is due, of each kind", () => {
  const { clock, timers } = known();
  expect(timers.untilNext()).toBe(Number.POSITIVE_INFINITY);
  const set = [setTimeout(() => {}, HOUR), setInterval(() => {}, 2 * HOUR)];
  expect(timers.untilNext()).toBe(HOUR + MARGIN);
  AbortSignal.timeout(60_000);
  expect(timers.untilNext()).toBe(60_000 + MARGIN);
  Bun.sleep(10);
  expect(timers.untilNext()).toBe(10 + MARGIN);
  Bun.sleep(new Date(Date.now() - 1_000));
  expect(timers.untilNext()).toBe(SHORTEST + MARGIN);
  clock.time += HOUR + 1_000;
  timers.forgetUntil(clock.time);
  expect(timers.untilNext()).toBe(HOUR - 1_000 + MARGIN);
  for (const each of set) clearTimeout(each);
});

test("a timer counts until a whole turn of the loop has begun after it was due, however late the turn is", () => {
  const { clock, timers } = known();
  const timer = setTimeout(() => {}, HOUR);
  const turn = clock.time;
  clock.time += 2 * HOUR;
  timers.forgetUntil(turn);
  expect(timers.untilNext()).toBe(0);
  timers.forgetUntil(clock.time);
  expect(timers.untilNext()).toBe(Number.POSITIVE_INFINITY);
  clearTimeout(timer);
});

test.each([
  ["undefined", undefined],
  ["0", 0],
  ["0.5", 0.5],
  ["less than 0", -5],
  ["not a number", Number.NaN],
  ["more than the runtime takes", 2 ** 31],
  ["infinite", Number.POSITIVE_INFINITY],
])("a timer of %s ms is due after the shortest time, as in the runtime", (_, milliseconds) => {
  const { timers } = known();
  const timer = setTimeout(() => {}, milliseconds);
  expect(timers.untilNext()).toBe(SHORTEST + MARGIN);
  clearTimeout(timer);
});

test("a timer that is cleared does not count", () => {
  const { timers } = known();
  clearTimeout(setTimeout(() => {}, HOUR));
  clearInterval(setInterval(() => {}, HOUR));
  clearInterval(setTimeout(() => {}, HOUR));
  clearTimeout(undefined);
  clearInterval(undefined);
  clearImmediate(setImmediate(() => {}));
  expect([timers.untilNext(), timers.hasImmediate()]).toEqual([Number.POSITIVE_INFINITY, false]);
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

test("an interval is due again after each time, from the end of its callback", async () => {
  const { clock, timers } = known();
  const { promise, resolve } = Promise.withResolvers<void>();
  const interval = setInterval(() => {
    clock.time += 500;
    resolve();
  }, 5);
  clock.time += HOUR;
  await promise;
  expect(timers.untilNext()).toBe(5 + MARGIN);
  clearInterval(interval);
});

test("any number of timers is known", () => {
  const { clock, timers } = known();
  const set = Array.from({ length: 20_000 }, (_, index) => setTimeout(() => {}, HOUR + index));
  expect(timers.untilNext()).toBe(HOUR + MARGIN);
  clock.time += HOUR;
  for (const each of set) clearTimeout(each);
  expect(timers.untilNext()).toBe(Number.POSITIVE_INFINITY);
});

test("gives the functions of the runtime back", () => {
  const functions = () => [
    globalThis.setTimeout,
    globalThis.setInterval,
    globalThis.setImmediate,
    globalThis.clearTimeout,
    globalThis.clearInterval,
    globalThis.clearImmediate,
    Bun.sleep,
    AbortSignal.timeout,
  ];
  const before = functions();
  known().timers.forget();
  expect(functions()).toEqual(before);
});

test("the agent has no timers of other kinds", async () => {
  const others =
    /["'](node:)?timers|\.(refresh|close)\(\)\.unref|\.refresh\(\)|scheduler\.|waitAsync|idleTimeout|Bun\.(serve|cron)\(|\bwatchFile\(\w+, \{|socket\??\.(setTimeout|timeout)\(|\btimeout: [a-z]+[,} ]|\btimeout: [0-9]/;
  const files = [...new Glob("src/host/**/*.ts").scanSync(ROOT)];
  const texts = await Promise.all(files.map(async (path) => [path, await Bun.file(`${ROOT}/${path}`).text()] as const));
  // Its limits on silence are counted.
  expect(texts.filter(([, text]) => others.test(text)).map(([path]) => path)).toEqual(["src/host/http/byte-stream.ts"]);
});
