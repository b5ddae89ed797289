import { afterEach, beforeEach, expect, jest, type Mock, spyOn, test } from "bun:test";
import { AFTER_CONFIGURATION, AFTER_LIVE, openMemoryTrimmer } from "../../../src/host/services/trim-memory.ts";
import type { WhenRoom } from "../../../src/linux/cgroup.ts";
import { INITIAL, type State } from "../../../src/supervisor/state.ts";
import { live, play, READY, RULES, renew } from "../../supervisor/support.ts";

let shrunk: Mock<typeof Bun.shrink>;
beforeEach(() => {
  jest.useFakeTimers();
  shrunk = spyOn(Bun, "shrink").mockImplementation(() => {});
});
afterEach(() => {
  shrunk.mockRestore();
  jest.useRealTimers();
});

const running: State = play(RULES, [live(0)]).state;
const restarting: State = play(RULES, [live(0), renew(), READY]).state;

const HAS_ROOM: WhenRoom = (act) => act();

/** Runs the service through states, and says how often memory was released so many milliseconds after each. */
function releases(milliseconds: number, states: readonly State[], delays = AFTER_LIVE): readonly number[] {
  const service = openMemoryTrimmer(HAS_ROOM, delays);
  const counts = states.map((state) => {
    service.seen?.(state);
    jest.advanceTimersByTime(milliseconds);
    return shrunk.mock.calls.length;
  });
  service.interrupt();
  return counts;
}

test("memory is released once when Envoy is live, and once after each hot restart", () => {
  expect(releases(300, [INITIAL, INITIAL, running, running, restarting, restarting, running, running])).toEqual([0, 0, 1, 1, 1, 1, 2, 2]);
});

test("memory is released while Envoy takes long to be live, and again when it is", () => {
  expect(releases(1_500, [INITIAL, INITIAL, running, running])).toEqual([1, 1, 2, 2]);
});

test("in a mesh, memory is released when Envoy has had time to receive its configuration", () => {
  expect(releases(10_000, [INITIAL, running, running, restarting, running, running], AFTER_CONFIGURATION)).toEqual([0, 0, 1, 1, 1, 2]);
});

test("memory is released only when the container has room for that", () => {
  const waiting: (() => void)[] = [];
  const service = openMemoryTrimmer((act) => void waiting.push(act), AFTER_LIVE);
  jest.advanceTimersByTime(1_500);
  expect(shrunk).not.toHaveBeenCalled();
  for (const act of waiting) act();
  expect(shrunk).toHaveBeenCalledTimes(1);
  service.interrupt();
  for (const act of waiting) act();
  expect(shrunk).toHaveBeenCalledTimes(1);
});

test("nothing is released after the end of the service", () => {
  openMemoryTrimmer(HAS_ROOM, AFTER_LIVE).interrupt();
  jest.advanceTimersByTime(10_000);
  expect(shrunk).not.toHaveBeenCalled();
});
