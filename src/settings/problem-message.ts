import { displayText } from "../go/display-text.ts";
import { formatDuration } from "../go/duration.ts";
import { isObject, valueAt } from "../go/json.ts";
import { parseDocument, positionOf, positionText } from "../inputs/document.ts";
import type { Problem } from "./checks.ts";
import { jsonName } from "./schema.ts";
import type { Source } from "./source.ts";

// Loaded only when there is a problem.

/** Describes a problem: its text, the value unless the text has it, the field, and the place that sets it. */
export function problemMessage({ field, text, showsValue = false }: Problem, message: object, source: Source): string {
  const path = field.split(".");
  const value = valueAt(message, path);
  const current = showsValue || value === undefined ? "" : `: current value is ${valueText(value, path.at(-1))}`;
  return `${text}${current} (${field} from ${source.origin}${placeIn(source, path)})`;
}

function valueText(value: unknown, name: string | undefined): string {
  return typeof value === "bigint" ? formatDuration(value) : displayText(value, name);
}

/** Returns line and column of a field, or of the innermost message around it that the document has. */
function placeIn({ text, prefix = [] }: Source, path: readonly string[]): string {
  if (text === undefined) return "";
  const parsed = parseDocument(text);
  const written: string[] = [];
  let value: unknown = parsed.ok ? parsed.value : undefined;
  for (const step of [...prefix, ...path]) {
    const key = isObject(value) ? Object.keys(value).find((each) => each === step || jsonName(each) === step) : undefined;
    if (!isObject(value) || key === undefined) break;
    written.push(key);
    value = value[key];
  }
  const position = written.length <= prefix.length ? undefined : positionOf(text, written);
  return position === undefined ? "" : `, ${positionText(position)}`;
}
