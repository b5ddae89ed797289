import { expect, test } from "bun:test";
import { currentEpoch, epochsOf, isAdminTakenOver } from "../../src/supervisor/stage.ts";
import { type KnownShape, WAYS } from "./shapes.ts";
import { play, RULES } from "./support.ts";

/** The older epoch serves until the newer one is live, also during a stop. */
const OLDER_SERVES: ReadonlySet<KnownShape> = new Set(["starting L-", "delaying L-", "draining L-", "stopping L-"]);

test.each(Object.keys(WAYS) as readonly KnownShape[])("the epoch that serves in %s, and which one has the admin interface", (shape) => {
  const { events, rules } = { rules: {}, ...WAYS[shape] };
  const { stage } = play({ ...RULES, ...rules }, events).state;
  const expected = epochsOf(stage).at(OLDER_SERVES.has(shape) ? 0 : -1);
  expect(currentEpoch(stage)).toEqual(expected);
  expect(isAdminTakenOver(stage)).toBe(OLDER_SERVES.has(shape));
});
