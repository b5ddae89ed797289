import { UsageError } from "../common/errors.ts";
import { isObject } from "../go/json.ts";
import type { JsonValue } from "../go/json-value.ts";

/** The steps from the root of a document to a value. Items of lists are named where each has a name of its own, else numbered. */
export type Path = readonly Step[];

/** A step into a document: to a member of an object, or to an item of a list. */
export interface Step {
  readonly name: string;
  readonly isItem: boolean;
}

/** The members that name the items of Envoy's lists, the first that fits. */
const NAMES: readonly string[] = ["name", "cluster_name", "tag_name", "header_name", "key"];

/** Returns the children of a value with their steps; none for a scalar or an empty collection. */
export function childrenOf(value: JsonValue): readonly (readonly [Step, JsonValue])[] {
  if (Array.isArray(value)) {
    const items: readonly JsonValue[] = value;
    const names = itemNames(items);
    return items.map((item, index) => [{ name: names?.[index] ?? String(index), isItem: true }, item]);
  }
  if (!isObject(value)) return [];
  // The members of a JSON value are JSON values.
  return Object.entries(value as Readonly<Record<string, JsonValue>>).map(([name, member]) => [{ name, isItem: false }, member]);
}

/** Returns the name of each item of a list, if each has one and no two are equal. */
function itemNames(items: readonly JsonValue[]): readonly string[] | undefined {
  for (const member of NAMES) {
    const names = items.flatMap((item) => {
      const name = isObject(item) ? item[member] : undefined;
      return typeof name === "string" && name !== "" ? [name] : [];
    });
    if (items.length > 0 && names.length === items.length && new Set(names).size === names.length) return names;
  }
  return undefined;
}

/** Returns the value at a path; undefined if there is none. */
export function valueAtPath(document: JsonValue, path: Path): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const step of path) {
    if (value === undefined) return undefined;
    value = childrenOf(value).find(([{ name, isItem }]) => name === step.name && isItem === step.isItem)?.[1];
  }
  return value;
}

/** Returns the path as a person writes it: `static_resources.clusters[xds-grpc].type`. Options of Envoy are written like items. */
export function pathText(path: Path): string {
  return path
    .map(({ name, isItem }, index) =>
      isItem || !/^[\w@/-]+$/.test(name) || name.startsWith("-") ? `[${name}]` : index === 0 ? name : `.${name}`,
    )
    .join("");
}

/** One step of a pattern; `any`: any number of steps. */
type PatternStep = { readonly kind: "any" } | { readonly kind: "one"; readonly matches: (name: string) => boolean };

/**
 * Returns the paths of a document that a pattern selects: `node.cluster`, `static_resources.clusters[xds-grpc].type`, `argv[--concurrency]`.
 * `*` is part of a name, `**` any number of steps. A path below a selected one is not listed again.
 * @throws UsageError for a text that is not a path
 */
export function selectPaths(document: JsonValue, pattern: string): readonly Path[] {
  const found: Path[] = [];
  visit(document, [], parsePattern(pattern), found);
  const texts = new Set<string>();
  return found.filter((path) => !texts.has(pathText(path)) && texts.add(pathText(path)));
}

function visit(value: JsonValue, path: Path, pattern: readonly PatternStep[], found: Path[]): void {
  const [first, ...rest] = pattern;
  if (first === undefined) {
    found.push(path);
    return;
  }
  if (first.kind === "any") {
    visit(value, path, rest, found);
    if (rest.length > 0) for (const [step, child] of childrenOf(value)) visit(child, [...path, step], pattern, found);
    return;
  }
  for (const [step, child] of childrenOf(value)) if (first.matches(step.name)) visit(child, [...path, step], rest, found);
}

/** A pattern: names between dots, and items in brackets, which may contain dots. */
const PATTERN = /^(?:\[[^\]]+\]|[^.[\]]+)(?:\[[^\]]+\]|\.[^.[\]]+)*$/;

/** @throws UsageError for a text that is not a path */
function parsePattern(text: string): readonly PatternStep[] {
  if (!PATTERN.test(text))
    throw new UsageError(`Cannot read the path "${text}": write it like node.cluster or static_resources.clusters[xds-grpc].type`);
  const steps = [...text.matchAll(/\[([^\]]*)\]|([^.[\]]+)/g)].map(([, item, name]) => item ?? name ?? "");
  return steps.map((step) => (step === "**" ? { kind: "any" } : { kind: "one", matches: matcherOf(step) }));
}

function matcherOf(step: string): (name: string) => boolean {
  if (!step.includes("*")) return (name) => name === step;
  const form = new RegExp(
    `^${step
      .split("*")
      .map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&"))
      .join(".*")}$`,
  );
  return (name) => form.test(name);
}
