import { maskSecrets } from "../../secrets/mask.ts";
import type { Change } from "../compare.ts";
import { shownChange, shownExplanation } from "../explanation-json.ts";
import { reasonText, valueText } from "../explanation-text.ts";
import type { Input } from "../input.ts";
import type { Path } from "../paths.ts";
import { namerOf, type PageSource } from "./page-source.ts";
import type { Names } from "./tree.ts";

/** A value that an input changes: what it is, and what it would be without the input. */
export interface PageChange {
  readonly path: Path;
  readonly pathText: string;
  /** Whether the input keeps the value away: only without it there is one. */
  readonly adds: boolean;
  /** Absent also for a group, which the tree shows. */
  readonly value: string | undefined;
  readonly without: string | undefined;
}

/** An input with an effect, or several that have it only together, as the page shows them: texts without secrets. */
export interface PageInput {
  readonly id: string;
  readonly label: string;
  readonly value: string;
  /** Whether these are several, each of which is enough. */
  readonly isSet: boolean;
  readonly changes: readonly PageChange[];
  /** Why the start is refused without it; empty if it is not. */
  readonly refused: readonly string[];
  /** The inputs that have no effect because of it. */
  readonly shadows: readonly string[];
}

/** An input without effect, and why it has none. */
export interface IdleInput {
  readonly label: string;
  readonly value: string;
  readonly reason: string;
}

/** The inputs of a launch. */
export interface PageInputs {
  readonly effective: readonly PageInput[];
  /** What surprises most comes first. */
  readonly idle: readonly IdleInput[];
  readonly count: number;
  /** How many combinations of inputs were not tried. */
  readonly untried: number;
  /** What each input sets, as a text for comparing, and as it is shown. */
  readonly given: ReadonlyMap<string, { readonly compared: string; readonly value: string }>;
}

/** The longest value without an input that is written out. */
const LONGEST = 400;
/** The reasons for which an input has no effect: mistakes first, what nobody wonders about last. */
const RANKS = ["shadowed", "together", "other-profile", "default", "untried", "unused", "unknown"] as const;

/** Returns the inputs of a launch for the page. */
export function pageInputs(source: PageSource, names: Names): PageInputs {
  const { explanation } = source;
  if (explanation === undefined) return { effective: [], idle: [], count: 0, untried: 0, given: new Map() };
  const named = namerOf(source);
  const { withoutEffect } = shownExplanation(explanation);
  const rankOf = ({ reason, meant }: (typeof withoutEffect)[number]) => (meant === undefined ? RANKS.indexOf(reason) : -1);
  const single = (explanation.effects ?? []).map(({ input, changes, refused = [] }, index) => ({
    id: names.take(`input-${index + 1}`),
    label: named(input.label),
    value: named(input.value),
    isSet: false,
    changes: changes.map((change) => pageChange(change, named)),
    refused: refused.map((problem) => named(maskSecrets(problem))),
    shadows: withoutEffect.filter(({ reason, other }) => reason === "shadowed" && other === input.label).map((each) => named(each.input)),
  }));
  const together = explanation.joint.map(({ inputs, changes }, index) => ({
    id: names.take(`inputs-${index + 1}`),
    label: named(inputs.map(({ label }) => label).join(" or ")),
    value: "",
    isSet: true,
    changes: changes.map((change) => pageChange(change, named)),
    refused: [],
    shadows: [],
  }));
  const all = [...(explanation.effects ?? []), ...explanation.withoutEffect].map(({ input }) => input);
  return {
    effective: [...single, ...together],
    count: all.length,
    untried: explanation.untried,
    idle: withoutEffect
      .toSorted((a, b) => rankOf(a) - rankOf(b))
      .map((each) => ({ label: named(each.input), value: named(each.value), reason: named(reasonText(each)) })),
    given: new Map(all.map((input) => [named(input.label), { compared: comparedText(input), value: named(input.value) }])),
  };
}

function pageChange(change: Change, named: (text: string) => string): PageChange {
  const { path, before, after } = shownChange(change);
  const shown = (value: typeof before) => (value === undefined ? undefined : named(valueText(value, LONGEST)));
  // The tree has the members of a group.
  const isGroup = typeof before === "object" && before !== null && Object.keys(before).length > 0;
  return {
    path: change.path,
    pathText: path,
    adds: before === undefined,
    value: isGroup ? undefined : shown(before),
    without: shown(after),
  };
}

function comparedText({ given }: Input): string {
  return JSON.stringify(given, (_, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)) ?? "";
}
