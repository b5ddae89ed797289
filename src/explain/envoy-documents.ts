import { isObject } from "../go/json.ts";
import type { JsonObject, JsonValue } from "../go/json-value.ts";
import type { RawStep } from "./envoy-complaint.ts";
import { childrenOf, type Path } from "./paths.ts";

/** What Envoy reads: the bootstrap, the override that it merges into it, and its options. */
export type DocumentName = "bootstrap" | "override" | "argv";

/** The documents by name; one that cannot be read is undefined, one that there is not is absent. */
export type Documents = { readonly [name in DocumentName]?: JsonValue | undefined };

/** A place in one of the documents, with the real names of members and the positions of items. */
export interface Place {
  readonly document: DocumentName;
  readonly steps: readonly RawStep[];
}

/** Returns the children of a value with their steps. */
export function stepsInto(value: JsonValue | undefined): readonly (readonly [RawStep, JsonValue])[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item, index) => [index, item]);
  return isObject(value) ? Object.entries(value as JsonObject) : [];
}

/** Returns the value at a place; undefined if there is none. */
export function valueAtSteps(document: JsonValue | undefined, steps: readonly RawStep[]): JsonValue | undefined {
  let value = document;
  for (const step of steps) value = stepsInto(value).find(([each]) => each === step)?.[1];
  return value;
}

/**
 * Returns the places of a document that steps of Envoy lead to: its names may be written in camel case, and it counts the entries of a map.
 * The last step may be absent.
 */
export function resolveSteps(document: JsonValue | undefined, steps: readonly RawStep[]): readonly (readonly RawStep[])[] {
  let found: readonly { readonly at: readonly RawStep[]; readonly value: JsonValue | undefined }[] = [{ at: [], value: document }];
  for (const [index, step] of steps.entries()) {
    const isLast = index === steps.length - 1;
    const next = found.flatMap(({ at, value }) => {
      const children = stepsInto(value).filter(([name]) => matches(name, step, value));
      return children.map(([name, child]) => ({ at: [...at, name], value: child }));
    });
    if (next.length === 0) return isLast && typeof step === "string" ? found.map(({ at }) => [...at, snakeCase(step)]) : [];
    found = next;
  }
  return found.map(({ at }) => at);
}

function matches(name: RawStep, step: RawStep, parent: JsonValue | undefined): boolean {
  if (typeof step === "string") return typeof name === "string" && plainName(name) === plainName(step);
  return Array.isArray(parent) ? name === step : typeof name === "string";
}

/** Returns a name as it compares: Envoy accepts snake and camel case, and its constraints use a third form. */
export function plainName(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

/** Returns the name of a field as the documents of Envoy write it: `PortValue` is `port_value`. */
function snakeCase(step: RawStep): RawStep {
  return typeof step === "string" ? step.replace(/(?!^)([A-Z])/g, "_$1").toLowerCase() : step;
}

/** Returns the places in the documents that steps into the merged configuration lead to: Envoy appends the lists of the override. */
export function resolveMerged({ bootstrap, override }: Documents, steps: readonly RawStep[]): readonly Place[] {
  let [base, over]: readonly (Spot | undefined)[] = [spotOf(bootstrap), spotOf(override)];
  for (const step of steps) {
    const [length, added] = [lengthOf(base), lengthOf(over)];
    if (typeof step === "number" && (length !== undefined || added !== undefined)) {
      const isAdded = step >= (length ?? 0);
      over = isAdded ? below(over, step - (length ?? 0)) : undefined;
      base = isAdded ? undefined : below(base, step);
      continue;
    }
    const [inBase, inOver] = [below(base, step), below(over, step)];
    if (inBase === undefined && inOver === undefined) {
      // A member that is required and missing.
      const last = (spot: Spot | undefined) => (spot === undefined ? undefined : { at: [...spot.at, snakeCase(step)], value: undefined });
      [base, over] = [last(base), last(over)];
      break;
    }
    [base, over] = [inBase, inOver];
  }
  return [
    ...(over === undefined ? [] : [{ document: "override", steps: over.at } as const]),
    ...(base === undefined ? [] : [{ document: "bootstrap", steps: base.at } as const]),
  ];
}

interface Spot {
  readonly at: readonly RawStep[];
  readonly value: JsonValue | undefined;
}

function spotOf(document: JsonValue | undefined): Spot | undefined {
  return document === undefined ? undefined : { at: [], value: document };
}

function lengthOf(spot: Spot | undefined): number | undefined {
  return Array.isArray(spot?.value) ? spot.value.length : undefined;
}

function below(spot: Spot | undefined, step: RawStep): Spot | undefined {
  if (spot === undefined) return undefined;
  // A single item may be written without its list.
  if (typeof step === "number" && isObject(spot.value) && step === 0) return spot;
  const child = stepsInto(spot.value).find(([name]) => matches(name, step, spot.value));
  return child && { at: [...spot.at, child[0]], value: child[1] };
}

/** Returns documents without what is at a place. */
export function withoutPlace(documents: Documents, { document, steps }: Place): Documents {
  const value = documents[document];
  if (steps.length === 0) return { ...documents, [document]: {} };
  return value === undefined ? documents : { ...documents, [document]: without(value, steps) };
}

function without(value: JsonValue, [first, ...rest]: readonly RawStep[]): JsonValue {
  if (first === undefined) return value;
  const kept = stepsInto(value).flatMap(([step, child]): readonly (readonly [RawStep, JsonValue])[] =>
    step !== first ? [[step, child]] : rest.length === 0 ? [] : [[step, without(child, rest)]],
  );
  return Array.isArray(value) ? kept.map(([, child]) => child) : Object.fromEntries(kept);
}

/** Returns the place of the item of a list, or of the socket, that something belongs to; undefined if there is none. */
export function enclosingItem({ document, steps }: Place): Place | undefined {
  const at = steps.findLastIndex((step) => typeof step === "number");
  return at < 0 ? undefined : { document, steps: steps.slice(0, at + 1) };
}

/** Returns steps as a path with the names of items, for people. A member that is not there ends it. */
export function namedPath(document: JsonValue | undefined, steps: readonly RawStep[]): Path {
  const path: { name: string; isItem: boolean }[] = [];
  let value = document;
  for (const step of steps) {
    const children: ReturnType<typeof childrenOf> = value === undefined ? [] : childrenOf(value);
    const index = typeof step === "number" ? step : children.findIndex(([{ name, isItem }]) => name === step && !isItem);
    const found = children[index];
    path.push(found?.[0] ?? { name: String(step), isItem: typeof step === "number" });
    value = found?.[1];
  }
  return path;
}
