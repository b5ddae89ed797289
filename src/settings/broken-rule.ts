import { formatDuration } from "../go/duration.ts";
import { isObject } from "../go/json.ts";
import { shown } from "../go/shown.ts";
import { parseDocument, positionIn } from "../inputs/document.ts";
import type { Problem } from "./checks.ts";
import { jsonName } from "./schema.ts";

// Loaded only when a rule is broken.

/** Where a setting comes from: its name for messages, and the text it stands in, where there is one. */
export interface Source {
  readonly origin: string;
  readonly text?: string;
  /** Where in the text the message begins. */
  readonly prefix?: readonly string[];
}

/** A broken rule with the value it is about, the field, and the place that sets it. */
export function brokenRule({ field, text }: Problem, message: object, source: Source): string {
  const path = field.split(".");
  const value = valueAt(message, path);
  const words = typeof value === "bigint" ? formatDuration(value) : value === undefined ? "" : shown(value, path.at(-1));
  const isSaid = words === "" || text.includes(words) || (typeof value === "string" && value !== "" && text.includes(value));
  return `${text}${isSaid ? "" : `: current value is ${words}`} (${field} from ${source.origin}${placeIn(source, path)})`;
}

function valueAt(message: object, path: readonly string[]): unknown {
  let value: unknown = message;
  for (const step of path) value = isObject(value) ? value[step] : undefined;
  return value;
}

/** Line and column of a field, or of the innermost message around it that the text has. */
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
  const place = written.length <= prefix.length ? "" : positionIn(text, written);
  return place.replace(/^ \((.*)\)$/, ", $1");
}
