import { isObject } from "../go/json.ts";
import type { JsonValue } from "../go/json-value.ts";
import { childrenOf, type Path, pathText, valueAtPath } from "./paths.ts";

/** Returns the lists that both documents have with the same items in another order. Items are the same if they have the same name. */
export function reorderedLists(before: JsonValue, after: JsonValue, path: Path = []): readonly Path[] {
  if (before === after) return [];
  const [old, fresh] = [childrenOf(before), childrenOf(after)];
  const isList = Array.isArray(before) && Array.isArray(after);
  if (!isList && !(isObject(before) && isObject(after))) return [];
  if (isList && isAnotherOrder(before, after)) return [path];
  const counterparts = new Map(fresh.map(([step, value]) => [step.name, value]));
  const common = old.flatMap(([step, value]) => {
    const counterpart = counterparts.get(step.name);
    return counterpart === undefined ? [] : [{ step, value, counterpart }];
  });
  const names = common.map(({ step }) => step.name);
  const order = fresh.map(([{ name }]) => name).filter((name) => names.includes(name));
  const own = isList && names.join("\n") !== order.join("\n") ? [path] : [];
  return [...own, ...common.flatMap(({ step, value, counterpart }) => reorderedLists(value, counterpart, [...path, step]))];
}

/** Reports whether two lists have equal items, in another order. */
function isAnotherOrder(before: readonly JsonValue[], after: readonly JsonValue[]): boolean {
  if (before.length !== after.length) return false;
  const [old, fresh] = [before, after].map((items) => items.map((item) => JSON.stringify(item)));
  if (old === undefined || fresh === undefined || old.join("\n") === fresh.join("\n")) return false;
  return old.toSorted().join("\n") === fresh.toSorted().join("\n");
}

/** Reports whether a value is in a list of which only the order changed, so that its position means nothing. */
export function isInReordered(changed: Path, lists: readonly Path[], document: JsonValue, other: JsonValue): boolean {
  return lists.some((list) => {
    if (list.length >= changed.length || pathText(changed.slice(0, list.length)) !== pathText(list)) return false;
    const [a, b] = [valueAtPath(document, list), valueAtPath(other, list)];
    return Array.isArray(a) && Array.isArray(b) && isAnotherOrder(a, b);
  });
}
