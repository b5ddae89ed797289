import type { JsonValue } from "../go/json-value.ts";
import type { FilePlace } from "../inputs/input-place.ts";
import type { Input } from "./input.ts";

/** `unknown`: what cannot be decided on this machine; `note`: what nobody has to change. */
export type FindingLevel = "error" | "warning" | "unknown" | "note";

/** The kinds of findings: the `rule` of JSON, and the rules of SARIF. */
export const RULES = {
  "attache-refusal": "A start that attache refuses",
  "attache-warning": "A start that attache warns about",
  "envoy-arguments": "Envoy rejects its command line",
  "envoy-configuration": "Envoy rejects its configuration",
  "envoy-unknown-field": "A field or value that Envoy does not know",
  "envoy-deprecated-field": "A field that Envoy will remove",
  "envoy-warning": "Envoy starts with a warning",
  "envoy-missing-file": "A file that Envoy reads is not on this machine",
  "not-checked": "The configuration was not checked by Envoy",
} as const;

/** The ID of a kind of finding. */
export type Rule = keyof typeof RULES;

/** An input that causes a finding, and the file and line in which it is given. */
export interface Cause {
  readonly input: Pick<Input, "label" | "value">;
  readonly at?: FilePlace;
}

/** One thing that was found. Its texts have no secrets. */
export interface Finding {
  readonly rule: Rule;
  readonly level: FindingLevel;
  readonly message: string;
  /** Where it is in the bootstrap, or among Envoy's options. */
  readonly path?: string;
  readonly value?: JsonValue;
  /** The inputs without which it would not be there, the most specific first. */
  readonly causes: readonly Cause[];
  readonly notes: readonly string[];
}

/** Returns how many findings have each level. */
export function countFindings(findings: readonly Finding[]): Readonly<Record<FindingLevel, number>> {
  const count = (level: FindingLevel) => findings.filter((each) => each.level === level).length;
  return { error: count("error"), warning: count("warning"), unknown: count("unknown"), note: count("note") };
}
