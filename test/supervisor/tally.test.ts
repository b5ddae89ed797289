import { expect, test } from "bun:test";
import { type Event, INITIAL, type State } from "../../src/supervisor/state.ts";
import { step } from "../../src/supervisor/step.ts";
import { EMPTY_TALLY, epochState, type Tally, updateTally } from "../../src/supervisor/tally.ts";
import { exited, live, READY, RULES, renew, TERMINATE, timer } from "./support.ts";

function tallyOf(events: readonly Event[], rules = RULES): { readonly tally: Tally; readonly state: State } {
  let [state, tally] = [INITIAL, EMPTY_TALLY];
  for (const event of events) {
    const [next] = step(rules, state, event);
    tally = updateTally(tally, state, next);
    state = next;
  }
  return { tally, state };
}

test.each<[string, readonly Event[], Partial<Tally["hotRestarts"]> & { readonly restarts?: number }, string]>([
  ["nothing yet", [], {}, "initializing"],
  ["live", [live(0)], {}, "live"],
  ["a hot restart under way", [live(0), renew(), READY, live(1)], {}, "live"],
  ["a hot restart that succeeded", [live(0), renew(), READY, live(1), exited(0, 0)], { succeeded: 1 }, "live"],
  [
    "two, one asked for during the other",
    [live(0), renew(), READY, live(1), renew(), exited(0, 0), READY, live(2), exited(1, 0)],
    { succeeded: 2 },
    "live",
  ],
  ["a new epoch that failed", [live(0), renew(), READY, exited(1, 1)], { failed: 1 }, "live"],
  [
    "both lost, then a fresh start",
    [live(0), renew(), READY, live(1), exited(1, null, "SIGSEGV"), exited(0, null, "SIGKILL")],
    { lost: 1, restarts: 1 },
    "initializing",
  ],
  ["a drain", [TERMINATE], {}, "draining"],
  ["a stop", [TERMINATE, timer("hold")], {}, "stopping"],
  ["the end", [exited(0, 1)], {}, "gone"],
])("%s", (_, events, { restarts = 0, ...outcomes }, name) => {
  const { tally, state } = tallyOf(events);
  expect(tally).toEqual({ restarts, hotRestarts: { ...EMPTY_TALLY.hotRestarts, ...outcomes } });
  expect(epochState(state)).toBe(name as never);
});

test("a start by the restart policy counts", () => {
  const { tally } = tallyOf([exited(0, 1), timer("backoff")], { ...RULES, restart: "on-failure" });
  expect(tally.restarts).toBe(1);
});
