import { afterEach, beforeEach, expect, jest, type Mock, spyOn, test } from "bun:test";
import { openMemoryTrimmer } from "../../../src/host/services/trim-memory.ts";
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

/** Runs the service through states, and says how often memory was released 1.5 s after each. */
function releases(...states: readonly State[]): readonly number[] {
  const service = openMemoryTrimmer();
  const counts = states.map((state) => {
    service.seen?.(state);
    jest.advanceTimersByTime(1_500);
    return shrunk.mock.calls.length;
  });
  service.interrupt();
  return counts;
}

test("memory is released once after the start, and once after each hot restart", () => {
  expect(releases(INITIAL, running, restarting, restarting, running, running)).toEqual([1, 1, 1, 1, 2, 2]);
});

test("nothing is released after the end of the service", () => {
  openMemoryTrimmer().interrupt();
  jest.advanceTimersByTime(10_000);
  expect(shrunk).not.toHaveBeenCalled();
});
