import { isAtLeast, type Release } from "./release.ts";

/** What a rule is in a release. If a patch release brought it: since which, and what earlier ones do. */
export type Row<Value> =
  | { readonly is: Value; readonly since?: never }
  | { readonly is: Value; readonly since: Release; readonly before: Value };

/** The rules of a release by name. */
export type RuleTable<Rules> = { readonly [Name in keyof Rules]: Row<Rules[Name]> };

/** Returns the rules that a patch release follows; without one, those of the latest. */
export function rulesOf<Rules extends object>(table: RuleTable<Rules>, release?: Release): Rules {
  const rules: Partial<Rules> = {};
  for (const name of namesOf(table)) rules[name] = followed(table[name], release);
  return rules as Rules; // every name of the table
}

/** Returns the table of a release that differs from another, in its latest patch release, by some rows. */
export function changedRules<Rules extends object>(base: RuleTable<Rules>, rows: Partial<RuleTable<Rules>>): RuleTable<Rules> {
  const table: { -readonly [Name in keyof Rules]?: Row<Rules[Name]> } = {};
  for (const name of namesOf(base)) table[name] = rows[name] ?? { is: base[name].is };
  return table as RuleTable<Rules>; // every name of the table
}

/** Returns a table without some rows. */
export function without<Table extends object, Name extends keyof Table & string>(
  table: Table,
  ...names: readonly Name[]
): Omit<Table, Name> {
  const rest = { ...table };
  for (const name of names) delete rest[name];
  return rest;
}

function namesOf<Rules extends object>(table: RuleTable<Rules>): readonly (keyof Rules)[] {
  return Object.keys(table) as (keyof Rules)[]; // a table has no other names
}

function followed<Value>(row: Row<Value>, release: Release | undefined): Value {
  return release !== undefined && row.since !== undefined && !isAtLeast(release, row.since) ? row.before : row.is;
}
