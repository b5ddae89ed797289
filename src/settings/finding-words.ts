import { nearest } from "../cli/nearest.ts";
import { shown } from "../go/shown.ts";
import type { Mistake } from "./decode.ts";
import { type FieldType, jsonName, type MessageSchema } from "./schema.ts";

// Loaded only for a document that has something to be said of.

/** What is wrong with a value in plain words, the value itself, and Go's words, for which people search. */
export function mistakeWords({ wanted, given, text, path }: Mistake): string {
  const meant = typeof wanted === "object" && typeof given === "string" ? nearest(given, wanted.names) : undefined;
  const hint = meant === undefined ? "" : `; did you mean ${meant}?`;
  return `must be ${wantedWords(wanted, given)}: current value is ${shown(given, path.at(-1))} (${text})${hint}`;
}

const WORDS: Readonly<Record<Extract<Mistake["wanted"], string>, string>> = {
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

/** What a number has to lie between, said to those who gave one. */
const RANGES: Readonly<Record<string, string>> = {
  int32: ` from ${-(2 ** 31)} to ${2 ** 31 - 1}`,
  uint32: `, at most ${2 ** 32 - 1}`,
  int64: " of 64 bits",
};

/** What a value must be. */
export function wantedWords(wanted: Mistake["wanted"], given: unknown): string {
  const isNumber = typeof given === "number" || typeof given === "bigint" || (typeof given === "string" && Number.isFinite(Number(given)));
  if (typeof wanted !== "string") return `one of ${wanted.names.join(", ")}`;
  return `${WORDS[wanted]}${isNumber ? (RANGES[wanted] ?? "") : ""}`;
}

/** A schema whose fields a document may hold, and where in it they stand. */
export interface Home {
  readonly prefix: readonly string[];
  readonly schema: MessageSchema;
}

/** What is said of a key that is no field: the field it may have been meant for, near it by name or elsewhere by place. */
export function unknownHint(path: readonly string[], value: unknown, homes: readonly Home[]): string {
  const key = path.at(-1) ?? "";
  const siblings = homes.flatMap((home) => fieldsAt(home, path.slice(0, -1)));
  const near = nearest(key, siblings);
  const [home, ...more] = homes.flatMap((each) => pathsTo(key, each.schema, each.prefix));
  if (home !== undefined && more.length === 0) return `; did you mean ${home}${home.includes(".") ? "" : ", at the top"}?`;
  if (near !== undefined) return `; did you mean ${near}?`;
  const isWrapper = typeof value === "object" && value !== null && Object.keys(value).some((each) => siblings.includes(each));
  return isWrapper ? `; remove "${key}" and put its fields here` : "";
}

/** The names of the fields that a place in a document may have. */
function fieldsAt({ prefix, schema }: Home, path: readonly string[]): readonly string[] {
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

const DEEPEST = 3;

/** Every place in a schema that has a field of a name. */
function pathsTo(key: string, schema: MessageSchema, prefix: readonly string[], depth = 0): readonly string[] {
  const own = Object.hasOwn(schema.fields, key) ? [[...prefix, key].join(".")] : [];
  if (depth === DEEPEST) return own;
  const inner = Object.entries(schema.fields).flatMap(([name, type]) =>
    typeof type === "object" && "message" in type ? pathsTo(key, type.message(), [...prefix, name], depth + 1) : [],
  );
  return [...own, ...inner];
}
