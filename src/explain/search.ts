import type { Input } from "./input.ts";
import { hasEffect, type Trial, type Trials } from "./trials.ts";

/** The time for trials without two inputs or more. */
export interface Bound {
  readonly now: () => number;
  /** The time at which trials stop. */
  readonly until: number;
}

/** What a search found, and how many inputs it did not get to. */
export interface Found {
  readonly inputs: readonly Input[];
  readonly untried: number;
}

/** Where inputs are searched for: in a launch that lacks some already, by an effect that counts. */
export interface Search {
  readonly lacking: readonly Input[];
  readonly trials: Trials;
  readonly bound: Bound;
  readonly counts: (trial: Trial) => boolean;
}

/**
 * Returns the inputs that have an effect in a launch that lacks others. Inputs of the same setting are left out one by one, the others in
 * groups: only a group with an effect is divided.
 */
export async function findEffective(search: Search, near: readonly Input[], far: readonly Input[]): Promise<Found> {
  const found: Found[] = [];
  // There are few of them, and they are the ones that matter: the time does not count.
  const patient = { ...search, bound: { ...search.bound, until: Number.POSITIVE_INFINITY } };
  for (const input of near) found.push(await divide(patient, [input]));
  const alone = found.flatMap(({ inputs }) => inputs);
  // Those without an effect of their own may have one together with others.
  found.push(await divide(search, [...near.filter((input) => !alone.includes(input)), ...far]));
  return { inputs: found.flatMap(({ inputs }) => inputs), untried: found.reduce((sum, { untried }) => sum + untried, 0) };
}

async function divide(search: Search, inputs: readonly Input[]): Promise<Found> {
  const { lacking, trials, bound, counts } = search;
  if (inputs.length === 0) return { inputs: [], untried: 0 };
  if (bound.now() >= bound.until) return { inputs: [], untried: inputs.length };
  const trial = await trials.step(lacking, inputs);
  const isRefused = trial.outcome.kind === "refused";
  if (inputs.length === 1) return { inputs: counts(trial) ? inputs : [], untried: 0 };
  // A refused group may contain anything.
  if (!isRefused && !counts(trial)) return { inputs: [], untried: 0 };
  const middle = inputs.length >> 1;
  const [first, second] = [await divide(search, inputs.slice(0, middle)), await divide(search, inputs.slice(middle))];
  const found = [...first.inputs, ...second.inputs];
  const untried = first.untried + second.untried;
  // The effect is of several inputs together, such as two that set the same value.
  return found.length === 0 && untried === 0 && !isRefused ? await smallest(search, inputs) : { inputs: found, untried };
}

/**
 * Returns the smallest set of inputs that have an effect only together, in the complete launch: each of them is enough for what it sets, so
 * that leaving out one changes nothing.
 */
export async function findTogether(inputs: readonly Input[], search: Pick<Search, "trials" | "bound" | "counts">): Promise<Found> {
  const { trials, bound, counts } = search;
  if (inputs.length < 2) return { inputs: [], untried: 0 };
  if (bound.now() >= bound.until) return { inputs: [], untried: inputs.length };
  const trial = await trials.without(inputs);
  const isRefused = trial.outcome.kind === "refused";
  if (!isRefused && !counts(trial)) return { inputs: [], untried: 0 };
  const middle = inputs.length >> 1;
  let untried = 0;
  for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
    const found = await findTogether(half, search);
    // Each half may have such a set: they are two.
    if (found.inputs.length > 0) return found;
    untried += found.untried;
  }
  return isRefused || untried > 0 ? { inputs: [], untried } : await smallest({ lacking: [], ...search }, inputs);
}

/**
 * Returns a part of a group that has the effect only as a whole. One that has it in the complete launch, too, is not hidden by what a launch
 * lacks, and does not count there.
 */
async function smallest(search: Search, group: readonly Input[]): Promise<Found> {
  const { lacking, trials, counts } = search;
  let rest = group;
  while (rest.length > 1) {
    const part = await shrink(search, rest);
    if (part === undefined) return { inputs: [], untried: group.length };
    if (part.length === 0) break;
    if (lacking.length === 0 || !counts(await trials.without(part))) return { inputs: part, untried: 0 };
    rest = rest.filter((input) => !part.includes(input));
  }
  return { inputs: [], untried: 0 };
}

/**
 * Returns a part of a group that has the effect and needs each of its inputs; nothing if the group does not have it. Undefined if the time is
 * over.
 */
async function shrink({ lacking, trials, bound, counts }: Search, group: readonly Input[]): Promise<readonly Input[] | undefined> {
  const hasIt = async (inputs: readonly Input[]) => {
    const trial = await trials.step(lacking, inputs);
    return trial.outcome.kind === "planned" && counts(trial);
  };
  if (!(await hasIt(group))) return [];
  const needed: Input[] = [];
  let rest = group;
  while (needed.length === 0 || !(await hasIt(needed))) {
    // The shortest beginning of the rest that has the effect ends with an input that it needs.
    let [without, length] = [0, rest.length];
    while (length - without > 1) {
      if (bound.now() >= bound.until) return undefined;
      const middle = (without + length) >> 1;
      if (await hasIt([...needed, ...rest.slice(0, middle)])) length = middle;
      else without = middle;
    }
    const [last] = rest.slice(length - 1, length);
    if (last === undefined) break;
    needed.push(last);
    rest = rest.slice(0, length - 1);
  }
  return group.filter((input) => needed.includes(input));
}

/** Returns two inputs that have an effect only together, for each input of which there is such a pair. */
export async function findPairs(
  inputs: readonly Input[],
  trials: Trials,
  bound: Bound,
): Promise<{ readonly pairs: ReadonlyMap<Input, Input>; readonly untried: number }> {
  const pairs = new Map<Input, Input>();
  if (inputs.length < 2 || !hasEffect(await trials.without(inputs))) return { pairs, untried: 0 };
  const all = inputs.flatMap((input, at) => inputs.slice(at + 1).map((other) => ({ input, other, rank: relation(input, other) })));
  let untried = 0;
  for (const { input, other } of all.sort((a, b) => a.rank - b.rank)) {
    if (pairs.has(input) && pairs.has(other)) continue;
    if (bound.now() >= bound.until) untried++;
    else if (hasEffect(await trials.without([input, other]))) {
      if (!pairs.has(input)) pairs.set(input, other);
      if (!pairs.has(other)) pairs.set(other, input);
    }
  }
  return { pairs, untried };
}

/** Returns how near two inputs are: 0 for the same setting, 1 for similar names, 2 for others. */
export function relation(a: Input, b: Input): number {
  const [first, second] = [settingOf(a), settingOf(b)];
  if (first === second) return 0;
  return first.includes(second) || second.includes(first) || wordsIn(a).some((word) => wordsIn(b).includes(word)) ? 1 : 2;
}

function settingOf({ field, name }: Input): string {
  return (field ?? name).toLowerCase().replace(/^attache_|[^a-z0-9]/g, "");
}

function wordsIn({ field, name }: Input): readonly string[] {
  return (field ?? name)
    .split(/(?=[A-Z][a-z])|[^A-Za-z]+/)
    .map((word) => word.toLowerCase())
    .filter((word) => word.length > 3);
}
