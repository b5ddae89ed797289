import { nearest } from "../cli/nearest.ts";
import { UsageError } from "../common/errors.ts";
import type { JsonObject } from "../go/json-value.ts";
import { childrenOf, type Path, pathText, selectPaths, valueAtPath } from "./paths.ts";

/** Returns the paths that a pattern selects, as a person writes it. @throws UsageError with a hint if there are none */
export function selectedPaths(document: JsonObject, pattern: string): readonly Path[] {
  const found = selectPaths(document, pattern);
  if (found.length > 0) return found;
  throw new UsageError(`There is no value at "${pattern}"${hintFor(document, pattern)}`);
}

/** Returns the members at the last step that exists, or the one that is probably meant. */
function hintFor(document: JsonObject, pattern: string): string {
  const steps = [...pattern.matchAll(/\[[^\]]*\]|[^.[\]]+/g)].map(([step]) => step);
  for (let length = steps.length - 1; length >= 0; length--) {
    const above = steps
      .slice(0, length)
      .map((step, index) => (index === 0 || step.startsWith("[") ? step : `.${step}`))
      .join("");
    const [path] = length === 0 ? [[]] : selectPaths(document, above);
    if (path === undefined) continue;
    const names = selectPaths(document, length === 0 ? "*" : `${above}.*`).map((each) => each.at(-1)?.name ?? "");
    const meant = nearest((steps[length] ?? "").replace(/^\[|\]$/g, ""), names);
    return meant === undefined ? `; it could be ${names.slice(0, 12).join(", ")}` : `; did you mean ${meantPath(path, document, meant)}?`;
  }
  return "";
}

function meantPath(path: Path, document: JsonObject, name: string): string {
  const value = valueAtPath(document, path) ?? {};
  const step = childrenOf(value).find(([each]) => each.name === name)?.[0];
  return step === undefined ? name : pathText([...path, step]);
}
