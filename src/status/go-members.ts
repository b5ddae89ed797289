import { shown } from "../go/shown.ts";

/** One value of a JSON document, with the way to it, read as Go's decoder fills a field. */
export interface Member {
  readonly value: unknown;
  readonly path: readonly string[];
  /** What the value is called where that is not its key, as a header's is: the value of some names is not shown. */
  readonly name?: string;
}

/** Collects what is wrong with a document; the way to a value becomes part of the message. */
export type Complain = (at: Member, text: string) => void;

/** A member by name, in any case; the last of several counts. Absent and null are both undefined. */
export function memberOf(at: Member, name: string): Member | undefined {
  if (typeof at.value !== "object" || at.value === null || Array.isArray(at.value)) return undefined;
  const found = Object.entries(at.value).findLast(([key]) => key === name || key.toLowerCase() === name.toLowerCase());
  return found === undefined || found[1] === null ? undefined : { value: found[1], path: [...at.path, found[0]] };
}

/** An object member; undefined when it is absent, null or refused. */
export function objectAt(at: Member | undefined, complain: Complain): Member | undefined {
  if (at === undefined || at.value === null) return undefined;
  if (typeof at.value === "object" && !Array.isArray(at.value)) return at;
  complain(at, `must be an object: current value is ${shown(at.value, at.path.at(-1))}`);
  return undefined;
}

/** A text; empty when it is absent. */
export function textAt(at: Member | undefined, complain: Complain): string {
  if (at === undefined) return "";
  if (typeof at.value === "string") return at.value;
  complain(at, `must be a string: current value is ${shown(at.value, at.name ?? at.path.at(-1))}`);
  return "";
}

/** A 32-bit integer; 0 when it is absent. */
export function integerAt(at: Member | undefined, complain: Complain): number {
  if (at === undefined) return 0;
  if (typeof at.value === "number" && at.value === (at.value | 0)) return at.value;
  complain(
    at,
    typeof at.value === "number"
      ? `must be a 32-bit integer: current value is ${shown(at.value, at.path.at(-1))}`
      : `must be a number: current value is ${shown(at.value, at.path.at(-1))}`,
  );
  return 0;
}

/** The members of an object. */
export function membersOf(at: Member): readonly (readonly [name: string, member: Member])[] {
  if (typeof at.value !== "object" || at.value === null || Array.isArray(at.value)) return [];
  return Object.entries(at.value).map(([name, value]) => [name, { value, path: [...at.path, name] }]);
}
