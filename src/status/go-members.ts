import { displayText } from "../go/display-text.ts";

/** A value of a JSON document and its path, decoded as Go fills a struct field. */
export interface Member {
  readonly value: unknown;
  readonly path: readonly string[];
  /** The value's name if it is not its key, such as a header's; values of some names are masked. */
  readonly name?: string;
}

/** Reports a problem with a value; its path becomes part of the message. */
export type ReportProblem = (at: Member, text: string) => void;

/** Returns a member by name, ignoring case; the last duplicate counts. Absent and null are both undefined. */
export function memberOf(at: Member, name: string): Member | undefined {
  if (typeof at.value !== "object" || at.value === null || Array.isArray(at.value)) return undefined;
  const found = Object.entries(at.value).findLast(([key]) => key === name || key.toLowerCase() === name.toLowerCase());
  return found === undefined || found[1] === null ? undefined : { value: found[1], path: [...at.path, found[0]] };
}

/** Returns an object member; undefined if it is absent, null or invalid. */
export function objectAt(at: Member | undefined, report: ReportProblem): Member | undefined {
  if (at === undefined || at.value === null) return undefined;
  if (typeof at.value === "object" && !Array.isArray(at.value)) return at;
  report(at, `must be an object: current value is ${displayText(at.value, at.path.at(-1))}`);
  return undefined;
}

/** Returns a string member; empty if it is absent. */
export function textAt(at: Member | undefined, report: ReportProblem): string {
  if (at === undefined) return "";
  if (typeof at.value === "string") return at.value;
  report(at, `must be a string: current value is ${displayText(at.value, at.name ?? at.path.at(-1))}`);
  return "";
}

/** Returns a 32-bit integer member; 0 if it is absent. */
export function integerAt(at: Member | undefined, report: ReportProblem): number {
  if (at === undefined) return 0;
  if (typeof at.value === "number" && at.value === (at.value | 0)) return at.value;
  report(
    at,
    typeof at.value === "number"
      ? `must be a 32-bit integer: current value is ${displayText(at.value, at.path.at(-1))}`
      : `must be a number: current value is ${displayText(at.value, at.path.at(-1))}`,
  );
  return 0;
}

/** Returns the elements of a list. */
export function elementsOf(at: Member, report: ReportProblem): readonly Member[] {
  if (Array.isArray(at.value)) return at.value.map((value: unknown, index) => ({ value, path: [...at.path, String(index)] }));
  report(at, `must be a list: current value is ${displayText(at.value, at.path.at(-1))}`);
  return [];
}

/** Returns the members of an object. */
export function membersOf(at: Member): readonly (readonly [name: string, member: Member])[] {
  if (typeof at.value !== "object" || at.value === null || Array.isArray(at.value)) return [];
  return Object.entries(at.value).map(([name, value]) => [name, { value, path: [...at.path, name] }]);
}
