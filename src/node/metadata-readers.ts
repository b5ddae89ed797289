import { escapeHtml, isObject, parseGoJson } from "../go/json.ts";
import type { JsonValue } from "../go/json-value.ts";
import { unquote } from "../go/literal.ts";
import { parseBool } from "../go/number.ts";
import { decodeInto, type InvalidValue } from "../settings/decode.ts";
import { emptyRecord, type MessageSchema } from "../settings/schema.ts";

/**
 * The format of a metadata key that upstream has a field for (contract 1.6 §6.2, 1.30 §6.3): `list` is a comma-separated string, `flag` the
 * string "true" or empty, `optional-flag` the same or `null`, `ports` a string with a JSON array. Istio 1.6 takes for a list the text
 * between the first and last character of any JSON (`cut-list`), and ignores ports that are not a string (`ports-if-text`).
 */
export type KeyType = "string" | "map" | "list" | "cut-list" | "flag" | "optional-flag" | "ports" | "ports-if-text" | "number" | "texts";

/** Prefixes of variables that set one key, and of those with a JSON object of keys. */
export const PREFIX = "ISTIO_META_";
export const JSON_PREFIX = "ISTIO_METAJSON_";

/** Types of metadata that ProxyConfig does not have. */
export type MetadataKind = "ports" | "port" | "texts" | "text-map" | "ports-text" | "flag-text";

/** Why a value has the wrong type: what was expected, where in the value, and Go's error. */
export interface Refusal {
  readonly wanted: InvalidValue["expected"] | MetadataKind;
  /** The wrong value: the whole value, or the part at the path. */
  readonly given: unknown;
  readonly path: readonly string[];
  readonly go: string;
  /** The JSON text that the path refers to, if it is not the variable's. */
  readonly within?: string;
}

type Reading = { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly refusal: Refusal };

function ok(value: JsonValue): Reading {
  return { ok: true, value };
}

function refused(wanted: Refusal["wanted"], given: unknown, go: string, path: readonly string[] = []): Reading {
  return { ok: false, refusal: { wanted, given, path, go } };
}

/** Types for which `null` is a value; for all others it means absent. */
const WITH_NULL: ReadonlySet<KeyType> = new Set(["list", "cut-list", "flag", "ports", "ports-if-text"]);

/** Reads a key's value by its type; undefined if `null` means absent. `before` is the value from a previous spelling of the key. */
export function readKey(
  type: KeyType | MessageSchema,
  value: unknown,
  before: JsonValue | undefined,
): Reading | { readonly ok: true; readonly value: undefined } {
  if (value === null && (typeof type === "object" || !WITH_NULL.has(type))) return { ok: true, value: undefined };
  return typeof type === "object" ? readMessage(type, value) : READERS[type](value, before);
}

const READERS: Readonly<Record<KeyType, (value: unknown, before: JsonValue | undefined) => Reading>> = {
  string: (value) => (typeof value === "string" ? ok(value) : mismatch("string", value, "string")),
  number: (value) => (isInt64(value) ? ok(value) : mismatch("int64", value, "int")),
  texts: (value) => (isTexts(value) ? ok(value) : mismatch("texts", value, "list of strings")),
  map: readMap,
  list: (value) => (typeof value === "string" || value === null ? ok(value ?? "") : mismatch("string", value, "string")),
  "cut-list": readTruncatedList,
  flag: readFlag,
  "optional-flag": readFlag,
  ports: (value) => (typeof value === "string" ? readPorts(value) : refused("ports-text", value, "invalid syntax")),
  "ports-if-text": (value) => (typeof value === "string" ? readPorts(value) : ok("")),
};

/** Returns whether a value that Go decodes as a float64 prints as a 64-bit integer. */
function isInt64(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

function isTexts(value: unknown): value is readonly (string | null)[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string" || each === null);
}

/** A message is only validated: the agent sets its own value. */
function readMessage(schema: MessageSchema, value: unknown): Reading {
  const [first] = decodeInto(schema, {}, value).errors;
  return first === undefined ? ok({}) : refused(first.expected, first.given, first.text, first.path);
}

function readMap(value: unknown, before: JsonValue | undefined): Reading {
  if (!isObject(value)) return mismatch("text-map", value, "map of strings");
  const result = emptyRecord<JsonValue>();
  if (isObject(before)) for (const [key, each] of Object.entries(before)) result[key] = each as JsonValue; // a map read before
  for (const [key, each] of Object.entries(value)) {
    if (typeof each !== "string" && each !== null) return mismatch("string", each, "string", [key]);
    result[key] = each ?? "";
  }
  return ok(result);
}

/** Upstream removes the first and last character of the JSON text and splits the rest at commas: strings keep their quotes. */
function readTruncatedList(value: unknown): Reading {
  const inner = JSON.stringify(value).slice(1, -1);
  const again = parseGoJson(`"${inner}"`);
  return again.ok && typeof again.value === "string" ? ok(again.value) : mismatch("string", value, "comma list");
}

function readFlag(value: unknown): Reading {
  const literal = unquote(escapeHtml(JSON.stringify(value)));
  if (literal === undefined) return refused("flag-text", value, "strconv.Unquote: invalid syntax");
  const parsed = parseBool(literal);
  return parsed.ok ? ok(parsed.value ? "true" : "") : refused("bool", value, parsed.error);
}

/** Keeps only name, port and protocol of each port, as JSON (contract 1.6 §6.2). */
function readPorts(value: string): Reading {
  const parsed = parseGoJson(value);
  if (!parsed.ok) return refused("ports", value, parsed.error);
  if (parsed.value === null) return ok("");
  if (!Array.isArray(parsed.value)) return mismatch("ports", parsed.value, "list of ports");
  const ports: JsonValue[] = [];
  for (const [index, each] of parsed.value.entries()) {
    const port = readPort(each, [String(index)]);
    if (!port.ok) return { ok: false, refusal: { ...port.refusal, within: value } };
    ports.push(port.value);
  }
  return ok(ports.length === 0 ? "" : escapeHtml(JSON.stringify(ports)));
}

function readPort(given: unknown, path: readonly string[]): Reading {
  if (given !== null && !isObject(given)) return mismatch("port", given, "port", path);
  const keyOf = (name: string): string => {
    if (given?.[name] !== undefined && given[name] !== null) return name;
    // Go matches the name in any case.
    return Object.keys(given ?? {}).findLast((key) => key.toLowerCase() === name.toLowerCase()) ?? name;
  };
  const field = (name: string): unknown => given?.[keyOf(name)] ?? undefined;
  const [name, containerPort, protocol] = [field("name") ?? "", field("containerPort") ?? 0, field("protocol") ?? ""];
  if (typeof name !== "string") return mismatch("string", name, "string", [...path, keyOf("name")]);
  if (typeof protocol !== "string") return mismatch("string", protocol, "string", [...path, keyOf("protocol")]);
  if (!isInt64(containerPort)) return mismatch("int64", containerPort, "int", [...path, keyOf("containerPort")]);
  return ok({ ...(name === "" ? {} : { name }), containerPort, protocol });
}

function mismatch(wanted: Refusal["wanted"], value: unknown, type: string, path: readonly string[] = []): Reading {
  const kind = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  return refused(wanted, value, `json: cannot unmarshal ${kind} into a ${type}`, path);
}
