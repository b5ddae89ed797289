import { maskSecrets } from "../../secrets/mask.ts";
import { shownChange, shownExplanation } from "../explanation-json.ts";
import { reasonText, valueText } from "../explanation-text.ts";
import type { Input } from "../input.ts";
import type { Path } from "../paths.ts";
import { type PageSource, sayingOf } from "./page-source.ts";
import type { Names } from "./tree.ts";

/** A value that an input changes: what it is, and what it would be without the input. */
export interface PageChange {
  readonly path: Path;
  readonly pathText: string;
  readonly value: string | undefined;
  readonly without: string | undefined;
}

/** An input with an effect, as the page shows it: texts without secrets. */
export interface PageInput {
  readonly id: string;
  readonly label: string;
  readonly value: string;
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
  if (explanation === undefined) return { effective: [], idle: [], given: new Map() };
  const say = sayingOf(source);
  const { withoutEffect } = shownExplanation(explanation);
  const rankOf = ({ reason, meant }: (typeof withoutEffect)[number]) => (meant === undefined ? RANKS.indexOf(reason) : -1);
  const effective = (explanation.effects ?? []).map(({ input, changes, refused = [] }, index) => ({
    id: names.take(`input-${index + 1}`),
    label: say(input.label),
    value: say(input.value),
    changes: changes.map((change) => {
      const { path, before, after } = shownChange(change);
      const shown = (value: typeof before) => (value === undefined ? undefined : say(valueText(value, LONGEST)));
      return { path: change.path, pathText: path, value: shown(before), without: shown(after) };
    }),
    refused: refused.map((problem) => say(maskSecrets(problem))),
    shadows: withoutEffect.filter(({ reason, other }) => reason === "shadowed" && other === input.label).map((each) => say(each.input)),
  }));
  const all = [...(explanation.effects ?? []), ...explanation.withoutEffect].map(({ input }) => input);
  return {
    effective,
    idle: withoutEffect
      .toSorted((a, b) => rankOf(a) - rankOf(b))
      .map((each) => ({ label: say(each.input), value: say(each.value), reason: say(reasonText(each)) })),
    given: new Map(all.map((input) => [say(input.label), { compared: comparedText(input), value: say(input.value) }])),
  };
}

function comparedText({ given }: Input): string {
  return JSON.stringify(given, (_, each: unknown) => (typeof each === "bigint" ? `${each}n` : each)) ?? "";
}
