import { expect, test } from "bun:test";
import { isPlanInUse } from "../../src/supervisor/state.ts";
import { exited, live, play, READY, RULES, renew } from "./support.ts";

const RESTART = [renew(), READY];

test.each([
  ["at the start", [], [0, 1]],
  ["during a hot restart: both, and the one to fall back to", [live(0), ...RESTART], [0, 1, 2]],
  [
    "after hot restarts: the newest and the one to fall back to",
    [live(0), ...RESTART, live(1), exited(0, 0), ...RESTART, live(2), exited(1, 0)],
    [0, 2, 3],
  ],
] as const)("%s", (_, events, kept) => {
  const { state } = play(RULES, events);
  expect([0, 1, 2, 3].filter((id) => isPlanInUse(state, id) && id <= state.plan + 1)).toEqual([...kept]);
});
