import type { JsonValue } from "../go/json-value.ts";
import type { ShownEffect, ShownExplanation, ShownInput, ShownReason, ShownValue, ShownWithout } from "./explanation-json.ts";

/** The most changes of one input that are printed. */
const MOST_CHANGES = 6;
/** The longest value on one line. */
const LONGEST = 100;

/** Returns an explanation as text for a terminal. */
export function explanationText(explanation: ShownExplanation): string {
  const { values, inputs = [], withoutEffect, required, pairsNotTried } = explanation;
  const parts = [
    ...values.map(valueLines),
    ...(inputs.length === 0 ? [] : [["Inputs with an effect:", ...inputs.flatMap(effectLines)]]),
    ...(withoutEffect.length === 0
      ? []
      : [["Inputs without effect:", ...withoutEffect.map((each) => `  ${inputText(each)}: ${reasonText(each)}`)]]),
    ...(required.length === 0 || inputs.length > 0
      ? []
      : [["The start is refused without:", ...required.map((each) => `  ${each.input}: ${(each.refused ?? []).join("; ")}`)]]),
    ...(pairsNotTried === 0 ? [] : [[`Not tried within the time for it: ${pairsNotTried} combinations of inputs.`]]),
  ];
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** Returns a value on one line, shortened. */
export function valueText(value: JsonValue | undefined, longest = LONGEST): string {
  if (value === undefined) return "(no value)";
  const text = JSON.stringify(value);
  return text.length <= longest ? text : `${text.slice(0, longest).toWellFormed()}… (${text.length} characters)`;
}

function valueLines({ path, value, dependsOn, dependsOnOneOf }: ShownValue): readonly string[] {
  const single = dependsOn.flatMap((each) => [
    `  ${inputText(each)}`,
    `    without it: ${withoutText(each.without)}`,
    ...each.shadows.map((shadow) => `    shadows ${inputText(shadow)}; without that, too: ${withoutText(shadow.without)}`),
  ]);
  const joint = dependsOnOneOf.flatMap(({ inputs, without }) => [
    ...inputs.map((each, index) => `  ${index === 0 ? "" : "or "}${inputText(each)}`),
    `    without all of these: ${withoutText(without)}`,
  ]);
  const lines = [...single, ...joint];
  return [
    `${path}: ${valueText(value)}`,
    ...(lines.length > 0 ? lines : ["  does not depend on any input: it is the default of the release"]),
  ];
}

function withoutText({ value, refused }: ShownWithout): string {
  return refused === undefined ? valueText(value) : `the start is refused: ${refused.join("; ")}`;
}

function inputText({ input, value }: ShownInput): string {
  return value === "" ? input : `${input} = ${value}`;
}

function effectLines(effect: ShownEffect): readonly string[] {
  const { changes, refused } = effect;
  const shown = changes
    .slice(0, MOST_CHANGES)
    .map((change) => `    ${change.path}: ${valueText(change.value)}; without it: ${valueText(change.without)}`);
  const more = changes.length - shown.length;
  return [
    `  ${inputText(effect)}`,
    ...(refused === undefined ? [] : [`    without it, the start is refused: ${refused.join("; ")}`]),
    ...shown,
    ...(more > 0 ? [`    and ${more} more values`] : []),
  ];
}

/** Returns in words why an input has no effect. */
export function reasonText({ reason, other = "", meant, profiles = [] }: ShownReason): string {
  switch (reason) {
    case "shadowed":
      return `shadowed by ${other}: it has an effect only without that`;
    case "together":
      return `has the same effect as ${other}`;
    case "default":
      return "same as the default";
    case "unused":
      return "read, but it changes nothing here";
    case "untried":
      return "changes nothing alone; what it does together with others was not tried, for lack of time";
    case "other-profile":
      return `only read by ${profiles.join(", ")}`;
    case "unknown":
      return meant === undefined ? "not read by attache" : `unknown; did you mean ${meant}?`;
  }
}
