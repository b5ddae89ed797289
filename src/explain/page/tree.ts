import { isObject } from "../../go/json.ts";
import type { JsonValue } from "../../go/json-value.ts";
import { childrenOf, type Path, pathText, type Step } from "../paths.ts";
import { visible } from "./html.ts";

/** A value of one document, or of two that are shown side by side. */
export interface TreeNode {
  readonly step: Step;
  /** Its name within the page: its path, which no other one has. */
  readonly id: string;
  /** The value in each document; absent where a document does not have it. */
  readonly values: readonly (JsonValue | undefined)[];
  readonly children: readonly TreeNode[];
  /** Whether it is itself a difference, not only something below it. */
  readonly differs: boolean;
  /** How many differences it contains. */
  readonly differences: number;
}

/** Names within a page, each given once. */
export interface Names {
  readonly take: (wanted: string) => string;
}

/** Returns names that differ from each other and from those that are taken already. */
export function uniqueNames(taken: readonly string[]): Names {
  const used = new Set(taken);
  return {
    take(wanted) {
      let name = wanted;
      for (let number = 2; used.has(name); number++) name = `${wanted}~${number}`;
      used.add(name);
      return name;
    },
  };
}

/** Returns the members of documents as one tree. Items of lists are aligned by name, as `diff` compares them. */
export function mergedTree(documents: readonly JsonValue[], names: Names): readonly TreeNode[] {
  return childNodes(documents, [], names);
}

function childNodes(parents: readonly (JsonValue | undefined)[], path: Path, names: Names): readonly TreeNode[] {
  const steps = new Map<string, { readonly step: Step; readonly values: (JsonValue | undefined)[] }>();
  for (const [side, parent] of parents.entries()) {
    for (const [step, value] of parent === undefined ? [] : childrenOf(parent)) {
      const key = keyOf(step);
      const known = steps.get(key) ?? { step, values: parents.map(() => undefined) };
      known.values[side] = value;
      steps.set(key, known);
    }
  }
  return [...steps.values()].map(({ step, values }) => nodeOf(step, values, [...path, step], names));
}

function nodeOf(step: Step, values: readonly (JsonValue | undefined)[], path: Path, names: Names): TreeNode {
  const id = names.take(visible(pathText(path)));
  const children = childNodes(values, path, names);
  const differs = isDifference(values);
  const below = differs ? 0 : children.reduce((sum, { differences }) => sum + differences, 0);
  return { step, id, values, children, differs, differences: differs ? 1 : below };
}

/** Returns a text that only equal steps have. */
export function keyOf({ name, isItem }: Step): string {
  return `${isItem ? "[" : "."}${name}`;
}

/** Reports whether values differ as such: one is missing, they are of different kinds, or scalars that are not equal. */
function isDifference([first, ...others]: readonly (JsonValue | undefined)[]): boolean {
  return others.some((other) => {
    if (first === undefined || other === undefined) return first !== other;
    if (isObject(first) && isObject(other)) return false;
    if (Array.isArray(first) && Array.isArray(other) && first.length > 0 && other.length > 0) return false;
    return JSON.stringify(first) !== JSON.stringify(other);
  });
}
