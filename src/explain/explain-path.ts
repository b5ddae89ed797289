import type { JsonValue } from "../go/json-value.ts";
import { touches } from "./compare.ts";
import type { Input } from "./input.ts";
import { type Path, valueAtPath } from "./paths.ts";
import { type Bound, findEffective, findTogether, relation } from "./search.ts";
import type { Trial, Trials } from "./trials.ts";

/** What a value would be without an input; absent if there would be none. */
export type Without =
  | { readonly kind: "value"; readonly value?: JsonValue }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** An input that a value depends on. */
export interface Dependency {
  readonly input: Input;
  readonly without: Without;
  /** The inputs that would decide the value next, highest precedence first. */
  readonly shadows: readonly { readonly input: Input; readonly without: Without }[];
}

/** Inputs each of which gives a value alone: it changes only without all of them. */
export interface JointDependency {
  readonly inputs: readonly Input[];
  readonly without: Without;
}

/** A value of a plan, and what it depends on. */
export interface ExplainedPath {
  readonly path: Path;
  readonly value: JsonValue | undefined;
  readonly dependencies: readonly Dependency[];
  readonly joint: readonly JointDependency[];
  /** How many inputs were not tried as shadowed ones. */
  readonly untried: number;
}

/** The most inputs that one value is searched through below the one that decides it. */
const LONGEST_CHAIN = 4;

/** Explains the value at a path of a plan: what changes it when it is left out, in order of precedence, and what each of these shadows. */
export async function explainPath(path: Path, inputs: readonly Input[], trials: Trials, bound: Bound): Promise<ExplainedPath> {
  const dependencies: Dependency[] = [];
  const deciding: Input[] = [];
  const others: Input[] = [];
  for (const input of inputs) {
    const trial = await trials.without([input]);
    if (changesValue(trial, path)) deciding.push(input);
    // A start that is refused without an input is refused without more, too.
    else if (trial.outcome.kind === "planned") others.push(input);
  }
  const joint = await jointDependencies(others, path, trials, bound);
  const rest = others.filter((input) => !joint.found.some(({ inputs: found }) => found.includes(input)));
  let { untried } = joint;
  for (const input of deciding) {
    const chain = await shadowedBy(input, rest, path, trials, bound);
    untried += chain.untried;
    dependencies.push({ input, without: withoutOf(await trials.without([input]), path), shadows: chain.found });
  }
  const { complete } = trials;
  const value = complete.kind === "planned" ? valueAtPath(complete.document, path) : undefined;
  return { path, value, dependencies, joint: joint.found, untried };
}

/** Reports whether the value at a path changes. A refused start has no values, so it says nothing about one of them. */
export function changesValue({ outcome, changes }: Trial, path: Path): boolean {
  return outcome.kind === "planned" && changes.some((change) => touches(change, path));
}

/** Returns the inputs that decide a value one after another when those above are left out. */
async function shadowedBy(
  input: Input,
  candidates: readonly Input[],
  path: Path,
  trials: Trials,
  bound: Bound,
): Promise<{ readonly found: Dependency["shadows"]; readonly untried: number }> {
  const found: Dependency["shadows"][number][] = [];
  const lacking = [input];
  let rest = candidates;
  while (found.length < LONGEST_CHAIN) {
    const isNear = (each: Input) => relation(input, each) === 0;
    const counts = (trial: Trial) => changesValue(trial, path);
    const next = await findEffective(
      { lacking, trials, bound, counts },
      rest.filter(isNear),
      rest.filter((each) => !isNear(each)),
    );
    if (next.inputs.length === 0) return { found, untried: next.untried };
    lacking.push(...next.inputs);
    rest = rest.filter((each) => !next.inputs.includes(each));
    const without = withoutOf(await trials.without(lacking), path);
    for (const each of next.inputs) found.push({ input: each, without });
  }
  return { found, untried: 0 };
}

/** Returns the sets of inputs that decide a value only together, of those that change nothing about it alone. */
async function jointDependencies(
  candidates: readonly Input[],
  path: Path,
  trials: Trials,
  bound: Bound,
): Promise<{ readonly found: readonly JointDependency[]; readonly untried: number }> {
  const found: JointDependency[] = [];
  let rest = candidates;
  while (true) {
    const next = await findTogether(rest, { trials, bound, counts: (trial) => changesValue(trial, path) });
    if (next.inputs.length === 0) return { found, untried: next.untried };
    found.push({ inputs: next.inputs, without: withoutOf(await trials.without(next.inputs), path) });
    rest = rest.filter((each) => !next.inputs.includes(each));
  }
}

function withoutOf({ outcome }: Trial, path: Path): Without {
  if (outcome.kind === "refused") return outcome;
  const value = valueAtPath(outcome.document, path);
  return { kind: "value", ...(value === undefined ? {} : { value }) };
}
