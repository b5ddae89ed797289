import type { Change } from "./compare.ts";
import { changesValue } from "./explain-path.ts";
import type { Input } from "./input.ts";
import type { Path } from "./paths.ts";
import { type Bound, findTogether } from "./search.ts";
import type { Trials } from "./trials.ts";

/** Inputs of which each is enough for the same values: only without all of them the values change. */
export interface JointEffect {
  readonly inputs: readonly Input[];
  readonly changes: readonly Change[];
}

/** What was found, and how many values may depend on more. */
export interface JointEffects {
  readonly found: readonly JointEffect[];
  readonly untried: number;
}

/** Returns which inputs change values only together, for all values of a launch. */
export async function jointEffects(inputs: readonly Input[], trials: Trials, bound: Bound): Promise<JointEffects> {
  const free = await withoutRequired(inputs, trials);
  const sets = new Map<string, readonly Input[]>();
  let untried = 0;
  for (const { path } of (await trials.without(free)).changes) {
    if (bound.now() >= bound.until) untried++;
    else {
      const next = await setsFor(path, free, [...sets.values()], trials, bound);
      untried += next.untried;
      for (const set of next.found) sets.set(set.map(({ label }) => label).join("\n"), set);
    }
  }
  const found: JointEffect[] = [];
  for (const set of sets.values()) found.push({ inputs: set, changes: await ownChanges(set, trials) });
  return { found, untried };
}

/** Returns the inputs without which the launch is still planned. */
async function withoutRequired(inputs: readonly Input[], trials: Trials): Promise<readonly Input[]> {
  const found: Input[] = [];
  for (const input of inputs) if ((await trials.without([input])).outcome.kind === "planned") found.push(input);
  return found;
}

/** Returns the sets that change the value at a path, besides those that are known. */
async function setsFor(
  path: Path,
  free: readonly Input[],
  known: readonly (readonly Input[])[],
  trials: Trials,
  bound: Bound,
): Promise<{ readonly found: readonly (readonly Input[])[]; readonly untried: number }> {
  const found: (readonly Input[])[] = [];
  const explaining = new Set<Input>();
  for (const set of known) if (changesValue(await trials.without(set), path)) for (const input of set) explaining.add(input);
  let rest: readonly Input[] = [];
  for (const input of free) if (!explaining.has(input) && !changesValue(await trials.without([input]), path)) rest = [...rest, input];
  while (rest.length > 1 && changesValue(await trials.without(rest), path)) {
    const { inputs, untried } = await findTogether(rest, { trials, bound, counts: (trial) => changesValue(trial, path) });
    if (inputs.length === 0) return { found, untried };
    found.push(inputs);
    rest = rest.filter((each) => !inputs.includes(each));
  }
  return { found, untried: 0 };
}

/** Returns the changes without a set that none of its inputs has alone. */
async function ownChanges(set: readonly Input[], trials: Trials): Promise<readonly Change[]> {
  let changes = (await trials.without(set)).changes;
  for (const input of set) {
    const alone = await trials.without([input]);
    changes = changes.filter(({ path }) => !changesValue(alone, path));
  }
  return changes;
}
