import { isObject } from "../go/json.ts";
import type { JsonObject, JsonValue } from "../go/json-value.ts";
import { childrenOf, type Path } from "./paths.ts";

/** A value that differs between two documents; a side that does not have it is absent. */
export interface Change {
  readonly path: Path;
  readonly before?: JsonValue;
  readonly after?: JsonValue;
}

/**
 * Returns the differences of two documents, in the order of the first. Items of lists are compared by name where they have one; an item or
 * member that only one side has is a single change.
 */
export function changesBetween(before: JsonValue, after: JsonValue): readonly Change[] {
  const found: Change[] = [];
  compare(before, after, [], found);
  return found;
}

/** Reports whether a change is at a path, below it or above it. */
export function touches({ path: changed }: Change, path: Path): boolean {
  const [shorter, longer] = changed.length < path.length ? [changed, path] : [path, changed];
  return shorter.every(({ name, isItem }, index) => longer[index]?.name === name && longer[index].isItem === isItem);
}

function compare(before: JsonValue, after: JsonValue, path: Path, found: Change[]): void {
  // Plans share their equal parts (partSharing).
  if (before === after) return;
  if (isJsonObject(before) && isJsonObject(after)) compareMembers(before, after, path, found);
  else if (Array.isArray(before) && Array.isArray(after) && before.length > 0 && after.length > 0)
    compareItems(childrenOf(before), childrenOf(after), path, found);
  else if (JSON.stringify(before) !== JSON.stringify(after)) found.push({ path, before, after });
}

function compareMembers(before: JsonObject, after: JsonObject, path: Path, found: Change[]): void {
  const at = (name: string): Path => [...path, { name, isItem: false }];
  for (const name of Object.keys(before)) {
    const [old, fresh] = [ownMember(before, name), ownMember(after, name)];
    if (old === undefined || old === fresh) continue;
    if (fresh === undefined) found.push({ path: at(name), before: old });
    else compare(old, fresh, at(name), found);
  }
  for (const name of Object.keys(after)) {
    const fresh = ownMember(after, name);
    if (fresh !== undefined && !Object.hasOwn(before, name)) found.push({ path: at(name), after: fresh });
  }
}

function compareItems(before: Children, after: Children, path: Path, found: Change[]): void {
  const added = new Map(after.map(([step, value]) => [step.name, { step, value }]));
  for (const [step, value] of before) {
    const counterpart = added.get(step.name);
    added.delete(step.name);
    if (counterpart === undefined) found.push({ path: [...path, step], before: value });
    else compare(value, counterpart.value, [...path, step], found);
  }
  for (const { step, value } of added.values()) found.push({ path: [...path, step], after: value });
}

type Children = ReturnType<typeof childrenOf>;

function ownMember(value: JsonObject, name: string): JsonValue | undefined {
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

/** The members of a JSON value are JSON values. */
function isJsonObject(value: JsonValue): value is JsonObject {
  return isObject(value);
}
