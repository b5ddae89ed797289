import type { Profile } from "../profiles/profile.ts";
import type { Input } from "./input.ts";
import { type Bound, type Found, findEffective, findPairs, relation } from "./search.ts";
import { type TableReason, tableReason } from "./table-reasons.ts";
import { hasEffect, type Trials } from "./trials.ts";

/** Why an input without effect has none. */
export type Reason =
  | TableReason
  /** Another input takes precedence: without that one, this one has an effect. */
  | { readonly kind: "shadowed"; readonly by: Input }
  /** Another one has the same effect: only without both something changes. */
  | { readonly kind: "together"; readonly with: Input }
  /** It is read, but changes nothing here. */
  | { readonly kind: "unused" }
  /** It changes nothing alone; whether another one hides its effect was not tried, because the time was over. */
  | { readonly kind: "untried" };

/** An input that has no effect, with the reason. */
export interface WithoutEffect {
  readonly input: Input;
  readonly reason: Reason;
}

/** The reasons, and how many combinations of inputs were not tried. */
export interface Reasons {
  readonly found: readonly WithoutEffect[];
  readonly untried: number;
}

/** What reasons are searched with. */
export interface ReasonSearch {
  /** The inputs with an effect. */
  readonly effective: readonly Input[];
  readonly profile: Profile;
  readonly trials: Trials;
  readonly bound: Bound;
  /** The inputs that are known already to be shadowed, with the one that takes precedence. */
  readonly shadowed: ReadonlyMap<Input, Input>;
}

/** Returns why inputs without effect have none. Combinations are tried until the time is over. */
export async function reasonsFor(inputs: readonly Input[], search: ReasonSearch): Promise<Reasons> {
  const { profile, trials, bound } = search;
  const tables = new Map(inputs.map((input) => [input, tableReason(input, profile)]));
  const open = inputs.filter((input) => !isFinal(tables.get(input)));
  const shadows = await findShadows(open, search);
  const partners = await findPairs(
    open.filter((input) => !shadows.by.has(input)),
    trials,
    bound,
  );
  const untried = shadows.untried + partners.untried;
  const alone: Reason = { kind: untried > 0 ? "untried" : "unused" };
  const reasonOf = (input: Input): Reason => {
    const by = shadows.by.get(input);
    if (by !== undefined) return { kind: "shadowed", by };
    const partner = partners.pairs.get(input);
    return partner === undefined ? (tables.get(input) ?? alone) : { kind: "together", with: partner };
  };
  return { found: inputs.map((input) => ({ input, reason: reasonOf(input) })), untried };
}

/** Reports whether no trial can add to a reason: what nothing reads cannot matter together with something else. */
function isFinal(reason: TableReason | undefined): boolean {
  return reason !== undefined && reason.kind !== "default";
}

/** Returns the inputs without which others have an effect. */
async function findShadows(
  open: readonly Input[],
  { effective, trials, bound, shadowed }: ReasonSearch,
): Promise<{ readonly by: ReadonlyMap<Input, Input>; readonly untried: number }> {
  const by = new Map(shadowed);
  let untried = 0;
  for (const other of effective) {
    if ((await trials.without([other])).outcome.kind === "refused") continue;
    const rest = open.filter((input) => !by.has(input));
    const isNear = (input: Input) => relation(input, other) === 0;
    const found = await findEffective(
      { lacking: [other], trials, bound, counts: hasEffect },
      rest.filter(isNear),
      rest.filter((input) => !isNear(input)),
    );
    untried += found.untried;
    for (const input of found.inputs) by.set(input, other);
    const below = await belowIn(
      [other, ...found.inputs.filter(isNear)],
      rest.filter((input) => !by.has(input)),
      trials,
      bound,
    );
    untried += below.untried;
    for (const input of below.inputs) by.set(input, other);
  }
  return { by, untried };
}

/**
 * Returns the inputs that the first of several shadows, too: those that have an effect only below the others, which it shadows. `above` sets
 * the same, highest precedence first.
 */
async function belowIn(above: readonly Input[], rest: readonly Input[], trials: Trials, bound: Bound): Promise<Found> {
  const [first, ...shadowed] = above;
  if (first === undefined || shadowed.length === 0 || rest.length === 0) return { inputs: [], untried: 0 };
  if ((await trials.without(above)).outcome.kind === "refused") return { inputs: [], untried: 0 };
  const isNear = (input: Input) => relation(input, first) === 0;
  const { inputs, untried } = await findEffective(
    { lacking: above, trials, bound, counts: hasEffect },
    rest.filter(isNear),
    rest.filter((input) => !isNear(input)),
  );
  const found: Input[] = [];
  // One that has an effect below the others alone is not shadowed by the first.
  for (const input of inputs) if (!hasEffect(await trials.step(shadowed, [input]))) found.push(input);
  if (found.length === 0) return { inputs: [], untried };
  const next = await belowIn(
    [...above, ...found],
    rest.filter((input) => !inputs.includes(input)),
    trials,
    bound,
  );
  return { inputs: [...found, ...next.inputs], untried: untried + next.untried };
}
