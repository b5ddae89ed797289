import { isObject, valueAt } from "../go/json.ts";

/** A mapping of a manifest, whose members are not checked yet. */
export type Mapping = Readonly<Record<string, unknown>>;

/** Returns the text at a path; undefined if there is none. Numbers and booleans, which people forget to quote, count as text. */
export function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = valueAt(value, path);
  return typeof found === "string" || typeof found === "number" || typeof found === "bigint" || typeof found === "boolean"
    ? String(found)
    : undefined;
}

/** Returns the mappings of the list at a path; other items are left out. */
export function mappingsAt(value: unknown, ...path: readonly string[]): readonly Mapping[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** Returns the mapping at a path; empty if there is none. */
export function mappingAt(value: unknown, ...path: readonly string[]): Mapping {
  const found = valueAt(value, path);
  return isObject(found) ? found : {};
}

/** Returns the texts of the list at a path. */
export function textsAt(value: unknown, ...path: readonly string[]): readonly string[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found.flatMap((_, index) => textAt(found, String(index)) ?? []) : [];
}

/** Returns the members of the mapping at a path whose values are texts. */
export function textMembersAt(value: unknown, ...path: readonly string[]): readonly (readonly [string, string])[] {
  return Object.keys(mappingAt(value, ...path)).flatMap((name) => {
    const text = textAt(value, ...path, name);
    return text === undefined ? [] : [[name, text] as const];
  });
}
