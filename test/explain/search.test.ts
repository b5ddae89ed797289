import { expect, test } from "bun:test";
import type { Input } from "../../src/explain/input.ts";
import { findTogether } from "../../src/explain/search.ts";
import type { Trial, Trials } from "../../src/explain/trials.ts";

const input = (label: string): Input => ({
  kind: "variable",
  place: { kind: "variable", name: label },
  label,
  name: label,
  given: "",
  value: "",
  without: (launch) => launch,
});
const INPUTS = [..."abcdefgh"].map(input);
const UNCHANGED: Trial = { outcome: { kind: "planned", document: {} }, changes: [] };
const CHANGED: Trial = { ...UNCHANGED, changes: [{ path: [] }] };
const REFUSED: Trial = { outcome: { kind: "refused", problems: ["no"] }, changes: [] };

/** Trials in which something changes without all of a set, and a start is refused without all of another. */
function trialsOf(sets: readonly string[], refused: readonly string[] = []): Trials {
  const lacksAll = (left: readonly Input[], set: string) => [...set].every((label) => left.some((each) => each.label === label));
  const without = async (left: readonly Input[]) => {
    if (refused.some((set) => lacksAll(left, set))) return REFUSED;
    return sets.some((set) => lacksAll(left, set)) ? CHANGED : UNCHANGED;
  };
  return { complete: UNCHANGED.outcome, planned: () => 0, without, step: (lacking, inputs) => without([...lacking, ...inputs]) };
}

async function found(sets: readonly string[], inputs = INPUTS, refused: readonly string[] = []): Promise<string> {
  const search = { trials: trialsOf(sets, refused), bound: { now: () => 0, until: 1 }, counts: ({ changes }: Trial) => changes.length > 0 };
  return (await findTogether(inputs, search)).inputs.map(({ label }) => label).join("");
}

test.each<[readonly string[], readonly string[], string]>([
  [["ab"], [], "ab"],
  [["ah"], [], "ah"],
  [["acegh"], [], "acegh"],
  [["abcdefgh"], [], "abcdefgh"],
  // One in each half: they are two sets, not one.
  [["ab", "gh"], [], "ab"],
  [["bd", "cf"], [], "bd"],
  [[], [], ""],
  [["ef"], ["a"], "ef"],
  [["ef"], ["ab"], "ef"],
])("without %p something changes, without %p a start is refused: %s", async (sets, refused, expected) => {
  expect(await found(sets, INPUTS, refused)).toBe(expected);
});

test("the next set is found without the inputs of the first", async () => {
  expect(
    await found(
      ["ab", "gh"],
      INPUTS.filter(({ label }) => !"ab".includes(label)),
    ),
  ).toBe("gh");
});
