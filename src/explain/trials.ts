import { type Change, changesBetween } from "./compare.ts";
import type { Input } from "./input.ts";
import type { Launch, Outcome, PlanLaunch } from "./launch.ts";

/** What a plan without some inputs differs in; a refused one differs in everything. */
export interface Trial {
  readonly outcome: Outcome;
  readonly changes: readonly Change[];
}

/** Plans a launch without inputs, each combination once. */
export interface Trials {
  readonly complete: Outcome;
  /** Returns how many launches without inputs were planned. */
  readonly planned: () => number;
  readonly without: (inputs: readonly Input[]) => Promise<Trial>;
  /** Returns what changes when inputs are left out of a launch that already lacks others. */
  readonly step: (lacking: readonly Input[], inputs: readonly Input[]) => Promise<Trial>;
}

/** Returns the trials of a launch. */
export async function trialsOf(launch: Launch, plan: PlanLaunch): Promise<Trials> {
  const complete = await plan(launch);
  const known = new Map<string, Promise<Outcome>>();
  const outcomeOf = (inputs: readonly Input[]): Promise<Outcome> => {
    const key = inputs
      .map(({ label }) => label)
      .sort()
      .join("\n");
    const found = known.get(key) ?? plan(inputs.reduce((rest, input) => input.without(rest), launch));
    known.set(key, found);
    return found;
  };
  const compared = new Map<Outcome, Map<Outcome, Trial>>();
  const compare = (before: Outcome, after: Outcome): Trial => {
    const withBefore = compared.get(before) ?? new Map<Outcome, Trial>();
    compared.set(before, withBefore);
    const trial = withBefore.get(after) ?? trialOf(before, after);
    withBefore.set(after, trial);
    return trial;
  };
  return {
    complete,
    planned: () => known.size,
    without: async (inputs) => compare(complete, await outcomeOf(inputs)),
    step: async (lacking, inputs) =>
      compare(lacking.length === 0 ? complete : await outcomeOf(lacking), await outcomeOf([...lacking, ...inputs])),
  };
}

function trialOf(before: Outcome, after: Outcome): Trial {
  const changes = before.kind === "planned" && after.kind === "planned" ? changesBetween(before.document, after.document) : [];
  return { outcome: after, changes };
}

/** Reports whether leaving something out has any effect. */
export function hasEffect({ outcome, changes }: Trial): boolean {
  return outcome.kind === "refused" || changes.length > 0;
}
