import { isObject } from "../go/json.ts";
import type { JsonValue } from "../go/json-value.ts";
import { childrenOf, type Path, pathText } from "./paths.ts";

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
  const shorter = Math.min(changed.length, path.length);
  return pathText(changed.slice(0, shorter)) === pathText(path.slice(0, shorter));
}

/** The depth to which parts are compared as texts first: most of two plans is equal. */
const TEXT_DEPTH = 2;

function compare(before: JsonValue, after: JsonValue, path: Path, found: Change[]): void {
  if (before === after || (path.length <= TEXT_DEPTH && JSON.stringify(before) === JSON.stringify(after))) return;
  const [old, fresh] = [childrenOf(before), childrenOf(after)];
  const areObjects = isObject(before) && isObject(after);
  const areLists = Array.isArray(before) && Array.isArray(after) && old.length > 0 && fresh.length > 0;
  if (!areObjects && !areLists) {
    if (JSON.stringify(before) !== JSON.stringify(after)) found.push({ path, before, after });
    return;
  }
  const added = new Map(fresh.map(([step, value]) => [step.name, { step, value }]));
  for (const [step, value] of old) {
    const counterpart = added.get(step.name);
    added.delete(step.name);
    if (counterpart === undefined) found.push({ path: [...path, step], before: value });
    else compare(value, counterpart.value, [...path, step], found);
  }
  for (const { step, value } of added.values()) found.push({ path: [...path, step], after: value });
}
