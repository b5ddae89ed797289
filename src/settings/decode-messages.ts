import { nearest } from "../cli/nearest.ts";
import { displayText } from "../go/display-text.ts";
import type { InvalidValue } from "./decode.ts";
import { type FieldType, jsonName, type MessageSchema } from "./schema.ts";

// Loaded only for a document with findings.

/** Describes an invalid value: what it must be, what it is, and Go's own message, which users search for. */
export function invalidValueText({ expected, given, text, path }: InvalidValue): string {
  const meant = typeof expected === "object" && typeof given === "string" ? nearest(given, expected.names) : undefined;
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  return `must be ${expectedText(expected, given)}: current value is ${displayText(given, path.at(-1))} (${text})${hint}`;
}

const KINDS: Readonly<Record<Extract<InvalidValue["expected"], string>, string>> = {
  string: "a string",
  bool: "true or false",
  int32: "a whole number",
  uint32: "a whole number, 0 or more",
  int64: "a whole number",
  double: "a number",
  duration: "a duration such as 5s",
  struct: "a mapping",
  mapping: "a mapping of fields to values",
  list: "a list",
};

/** The ranges of numbers, shown where the given value is a number. */
const RANGES: Readonly<Record<string, string>> = {
  int32: ` from ${-(2 ** 31)} to ${2 ** 31 - 1}`,
  uint32: `, at most ${2 ** 32 - 1}`,
  int64: " of 64 bits",
};

/** Describes an expected kind of value, with its range where the given value is a number. */
export function expectedText(expected: InvalidValue["expected"], given: unknown): string {
  const isNumber = typeof given === "number" || typeof given === "bigint" || (typeof given === "string" && Number.isFinite(Number(given)));
  if (typeof expected !== "string") return `one of ${expected.names.join(", ")}`;
  return `${KINDS[expected]}${isNumber ? (RANGES[expected] ?? "") : ""}`;
}

/** A schema that a document follows, and the path in the document at which it begins. */
export interface SchemaRoot {
  readonly prefix: readonly string[];
  readonly schema: MessageSchema;
}

/** Suggests a field for an unknown key: one with a similar name beside it, or the same name elsewhere. */
export function unknownFieldHint(path: readonly string[], value: unknown, roots: readonly SchemaRoot[]): string {
  const key = path.at(-1) ?? "";
  const siblings = roots.flatMap((root) => fieldsAt(root, path.slice(0, -1)));
  const near = nearest(key, siblings);
  const [place, ...more] = roots.flatMap((root) => pathsTo(key, root.schema, root.prefix));
  if (place !== undefined && more.length === 0) return `; did you mean ${place}${place.includes(".") ? "" : ", at the top"}?`;
  if (near !== undefined) return `; did you mean ${near}?`;
  const isWrapper = typeof value === "object" && value !== null && Object.keys(value).some((each) => siblings.includes(each));
  return isWrapper ? `; remove "${key}" and put its fields here` : "";
}

/** Returns the names of the fields that are allowed at a path of a document. */
function fieldsAt({ prefix, schema }: SchemaRoot, path: readonly string[]): readonly string[] {
  if (path.some((each, at) => at < prefix.length && prefix[at] !== each)) return [];
  if (path.length < prefix.length) return prefix.slice(path.length, path.length + 1);
  let type: FieldType = { message: () => schema };
  for (const step of path.slice(prefix.length)) {
    const next: FieldType | undefined = memberOf(type, step);
    if (next === undefined) return [];
    type = next;
  }
  return typeof type === "object" && "message" in type ? Object.keys(type.message().fields) : [];
}

function memberOf(type: FieldType, step: string): FieldType | undefined {
  if (typeof type !== "object") return undefined;
  if ("list" in type) return type.list;
  if ("map" in type) return type.map;
  if (!("message" in type)) return undefined;
  const { fields } = type.message();
  return fields[step] ?? fields[jsonName(step) ?? ""];
}

const MAX_DEPTH = 3;

/** Returns the path of every field with a name, down to a depth. */
function pathsTo(key: string, schema: MessageSchema, prefix: readonly string[], depth = 0): readonly string[] {
  const own = Object.hasOwn(schema.fields, key) ? [[...prefix, key].join(".")] : [];
  if (depth === MAX_DEPTH) return own;
  const inner = Object.entries(schema.fields).flatMap(([name, type]) =>
    typeof type === "object" && "message" in type ? pathsTo(key, type.message(), [...prefix, name], depth + 1) : [],
  );
  return [...own, ...inner];
}
