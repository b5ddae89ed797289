import type { JsonValue } from "../go/json-value.ts";
import { maskSecrets } from "../secrets/mask.ts";
import type { Change } from "./compare.ts";
import type { Effect, Explanation } from "./explain-launch.ts";
import type { Dependency, ExplainedPath, JointDependency, Without } from "./explain-path.ts";
import type { Input } from "./input.ts";
import { maskedValue } from "./masked-value.ts";
import { type Path, pathText } from "./paths.ts";
import type { Reason, WithoutEffect } from "./reasons.ts";

// The answer as data: what `-o json` prints, and what the text is made of. Secrets are masked here, once for both.

/** An input by its name, with its masked value. */
export interface ShownInput {
  readonly input: string;
  readonly value: string;
}

/** The value without an input: absent if there would be none; `refused`: the start would be refused. */
export interface ShownWithout {
  readonly value?: JsonValue;
  readonly refused?: readonly string[];
}

/** A value and the inputs that it depends on. */
export interface ShownValue {
  readonly path: string;
  readonly value?: JsonValue;
  readonly dependsOn: readonly (ShownInput & {
    readonly without: ShownWithout;
    readonly shadows: readonly (ShownInput & { readonly without: ShownWithout })[];
  })[];
  /** Sets of inputs each of which gives the value alone; `without` is what it would be without all of a set. */
  readonly dependsOnOneOf: readonly { readonly inputs: readonly ShownInput[]; readonly without: ShownWithout }[];
}

/** An input with the values that it changes. */
export interface ShownEffect extends ShownInput {
  readonly changes: readonly { readonly path: string; readonly value?: JsonValue; readonly without?: JsonValue }[];
  readonly refused?: readonly string[];
}

/** An input without effect, and why it has none. */
export interface ShownReason extends ShownInput {
  readonly reason: Reason["kind"];
  /** The input that takes precedence, or that matters together with this one. */
  readonly other?: string;
  /** The known name that is similar. */
  readonly meant?: string;
  readonly profiles?: readonly string[];
}

/** The whole answer. */
export interface ShownExplanation {
  readonly values: readonly ShownValue[];
  readonly inputs?: readonly ShownEffect[];
  readonly withoutEffect: readonly ShownReason[];
  readonly required: readonly ShownEffect[];
  readonly pairsNotTried: number;
}

/** Returns an explanation as data for people: named inputs, masked values. */
export function shownExplanation({ values, effects, withoutEffect, required, untried }: Explanation): ShownExplanation {
  return {
    values: values.map(shownValue),
    ...(effects === undefined ? {} : { inputs: effects.map(shownEffect) }),
    withoutEffect: withoutEffect.map(shownReason),
    required: required.map(shownEffect),
    pairsNotTried: untried,
  };
}

/** Returns a change with its path as text and its values masked. */
export function shownChange({ path, before, after }: Change): {
  readonly path: string;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
} {
  return {
    path: pathText(path),
    ...(before === undefined ? {} : { before: maskedValue(path, before) }),
    ...(after === undefined ? {} : { after: maskedValue(path, after) }),
  };
}

function shownInput({ label, value }: Input): ShownInput {
  return { input: label, value };
}

function shownValue({ path, value, dependencies, joint }: ExplainedPath): ShownValue {
  return {
    path: pathText(path),
    ...(value === undefined ? {} : { value: maskedValue(path, value) }),
    dependsOn: dependencies.map((dependency) => shownDependency(dependency, path)),
    dependsOnOneOf: joint.map((each) => shownJoint(each, path)),
  };
}

function shownDependency({ input, without, shadows }: Dependency, path: Path): ShownValue["dependsOn"][number] {
  return {
    ...shownInput(input),
    without: shownWithout(without, path),
    shadows: shadows.map((each) => ({ ...shownInput(each.input), without: shownWithout(each.without, path) })),
  };
}

function shownJoint({ inputs, without }: JointDependency, path: Path): ShownValue["dependsOnOneOf"][number] {
  return { inputs: inputs.map(shownInput), without: shownWithout(without, path) };
}

function shownWithout(without: Without, path: Path): ShownWithout {
  if (without.kind === "refused") return { refused: without.problems.map(maskSecrets) };
  return without.value === undefined ? {} : { value: maskedValue(path, without.value) };
}

function shownEffect({ input, changes, refused }: Effect): ShownEffect {
  return {
    ...shownInput(input),
    changes: changes.map((change) => {
      const { path, before, after } = shownChange(change);
      return { path, ...(before === undefined ? {} : { value: before }), ...(after === undefined ? {} : { without: after }) };
    }),
    ...(refused === undefined ? {} : { refused: refused.map(maskSecrets) }),
  };
}

function shownReason({ input, reason }: WithoutEffect): ShownReason {
  return { ...shownInput(input), reason: reason.kind, ...detailsOf(reason) };
}

function detailsOf(reason: Reason): Partial<ShownReason> {
  switch (reason.kind) {
    case "shadowed":
      return { other: reason.by.label };
    case "together":
      return { other: reason.with.label };
    case "other-profile":
      return { profiles: reason.profiles };
    case "unknown":
      return reason.meant === undefined ? {} : { meant: reason.meant };
    default:
      return {};
  }
}
