import type { Profile } from "../profiles/profile.ts";
import type { Input } from "./input.ts";
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
  | { readonly kind: "unused" };

export interface WithoutEffect {
  readonly input: Input;
  readonly reason: Reason;
}

/** The time for trials without two inputs. */
export interface Bound {
  readonly now: () => number;
  /** The time at which trials stop. */
  readonly until: number;
}

/** The reasons, and how many pairs were not tried. */
export interface Reasons {
  readonly found: readonly WithoutEffect[];
  readonly untried: number;
}

/** Returns why inputs without effect have none. `effective` are the others. Pairs are tried until the time is over, related ones first. */
export async function reasonsFor(
  inputs: readonly Input[],
  effective: readonly Input[],
  profile: Profile,
  trials: Trials,
  bound: Bound,
): Promise<Reasons> {
  const tables = new Map(inputs.map((input) => [input, tableReason(input, profile)]));
  const open = inputs.filter((input) => !isFinal(tables.get(input)));
  const shadows = await findPartners(open, () => effective, trials, bound, isShadowed);
  const unshadowed = open.filter((input) => !shadows.found.has(input));
  const partners = await findPartners(unshadowed, () => unshadowed, trials, bound, matterTogether);
  const reasonOf = (input: Input): Reason => {
    const shadow = shadows.found.get(input);
    if (shadow !== undefined) return { kind: "shadowed", by: shadow };
    const partner = partners.found.get(input);
    return partner === undefined ? (tables.get(input) ?? { kind: "unused" }) : { kind: "together", with: partner };
  };
  return { found: inputs.map((input) => ({ input, reason: reasonOf(input) })), untried: shadows.untried + partners.untried };
}

/** Reports whether no trial can add to a reason: what nothing reads cannot matter together with something else. */
function isFinal(reason: TableReason | undefined): boolean {
  return reason !== undefined && reason.kind !== "default";
}

type Test = (input: Input, other: Input, trials: Trials) => Promise<boolean>;

const isShadowed: Test = async (input, other, trials) => {
  const lacking = await trials.without([other]);
  return lacking.outcome.kind === "planned" && hasEffect(await trials.step([other], input));
};

const matterTogether: Test = async (input, other, trials) => hasEffect(await trials.without([other, input]));

async function findPartners(
  inputs: readonly Input[],
  others: () => readonly Input[],
  trials: Trials,
  { now, until }: Bound,
  test: Test,
): Promise<{ readonly found: ReadonlyMap<Input, Input>; readonly untried: number }> {
  const found = new Map<Input, Input>();
  const pairs = inputs.flatMap((input) =>
    others()
      .filter((other) => other !== input)
      .map((other) => ({ input, other })),
  );
  const ranked = pairs.map((pair) => ({ ...pair, rank: relation(pair.input, pair.other) })).sort((a, b) => a.rank - b.rank);
  let untried = 0;
  for (const { input, other } of ranked) {
    if (found.has(input)) continue;
    if (now() >= until) untried++;
    else if (await test(input, other, trials)) found.set(input, other);
  }
  return { found, untried };
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
