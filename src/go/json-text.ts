import { isObject } from "./json.ts";

/** Formats a value as JSON, its members in order. Integers beyond a float64 (bigint) keep their digits; a Map is an object. `indent`: of each level, or none: one line. */
export function jsonText(value: unknown, indent = 0, column = 0): string {
  if (typeof value === "bigint") return String(value);
  const inner = column + indent;
  const below = (item: unknown) => jsonText(item, indent, inner);
  if (Array.isArray(value)) return enclosed("[]", value.map(below), indent, column);
  const members = value instanceof Map ? [...value] : isObject(value) ? Object.entries(value) : undefined;
  if (members === undefined) return JSON.stringify(value) ?? "null";
  const colon = indent === 0 ? ":" : ": ";
  return enclosed(
    "{}",
    members.map(([name, member]) => `${JSON.stringify(name)}${colon}${below(member)}`),
    indent,
    column,
  );
}

function enclosed(brackets: "[]" | "{}", parts: readonly string[], indent: number, column: number): string {
  if (parts.length === 0) return brackets;
  const [open, close] = brackets;
  if (indent === 0) return `${open}${parts.join(",")}${close}`;
  const pad = `\n${" ".repeat(column + indent)}`;
  return `${open}${pad}${parts.join(`,${pad}`)}\n${" ".repeat(column)}${close}`;
}
