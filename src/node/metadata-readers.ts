import { htmlSafe, isObject, parseGoJson } from "../go/json.ts";
import type { JsonValue } from "../go/json-value.ts";
import { unquote } from "../go/literal.ts";
import { parseBool } from "../go/number.ts";
import { decodeInto, type InvalidValue } from "../settings/decode.ts";
import { emptyRecord, type MessageSchema } from "../settings/schema.ts";

/**
 * How a metadata key that upstream has a field for is written (contract 1.6 §6.2, 1.30 §6.3): `list` is a comma-joined
 * text, `flag` the text "true" or nothing, `optional-flag` the same or `null`, `ports` a text that holds a JSON array.
 * The first release takes for a list what is between the first and the last character of any JSON, and ignores ports
 * that are no text.
 */
export type KeyType = "string" | "map" | "list" | "cut-list" | "flag" | "optional-flag" | "ports" | "ports-if-text" | "number" | "texts";

/** How variables begin that set one key, and those that hold a JSON object of keys. */
export const PREFIX = "ISTIO_META_";
export const JSON_PREFIX = "ISTIO_METAJSON_";

/** What is wanted of metadata beyond the types of ProxyConfig. */
export type MetadataKind = "ports" | "port" | "texts" | "text-map" | "ports-text" | "flag-text";

/** Why a value does not fit its key: what is wanted instead, where in the value, and what Go says of it. */
export interface Refusal {
  readonly wanted: InvalidValue["expected"] | MetadataKind;
  /** The value that is wrong: the whole one, or what stands in it at the path. */
  readonly given: unknown;
  readonly path: readonly string[];
  readonly go: string;
  /** The JSON text that the path is in, where it is not that of the variable. */
  readonly within?: string;
}

type Reading = { readonly ok: true; readonly value: JsonValue } | { readonly ok: false; readonly refusal: Refusal };

function ok(value: JsonValue): Reading {
  return { ok: true, value };
}

function refused(wanted: Refusal["wanted"], given: unknown, go: string, path: readonly string[] = []): Reading {
  return { ok: false, refusal: { wanted, given, path, go } };
}

/** Types that hear of `null`; for all others it is as if the key were not there. */
const WITH_NULL: ReadonlySet<KeyType> = new Set(["list", "cut-list", "flag", "ports", "ports-if-text"]);

/** The value of a key of a type, undefined where `null` says nothing; `before` is what an earlier spelling of the key gave. */
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
  "cut-list": readCutList,
  flag: readFlag,
  "optional-flag": readFlag,
  ports: (value) => (typeof value === "string" ? readPorts(value) : refused("ports-text", value, "invalid syntax")),
  "ports-if-text": (value) => (typeof value === "string" ? readPorts(value) : ok("")),
};

/** Whether a value that Go has as a float64 is an integer of 64 bits when it is written out. */
function isInt64(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

function isTexts(value: unknown): value is readonly (string | null)[] {
  return Array.isArray(value) && value.every((each) => typeof each === "string" || each === null);
}

/** A message is only looked at: the agent's own takes its place. */
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

/** Upstream cuts the first and the last character off the JSON text and joins the parts again: text stays as it is. */
function readCutList(value: unknown): Reading {
  const inner = JSON.stringify(value).slice(1, -1);
  const again = parseGoJson(`"${inner}"`);
  return again.ok && typeof again.value === "string" ? ok(again.value) : mismatch("string", value, "comma list");
}

function readFlag(value: unknown): Reading {
  const literal = unquote(htmlSafe(JSON.stringify(value)));
  if (literal === undefined) return refused("flag-text", value, "strconv.Unquote: invalid syntax");
  const parsed = parseBool(literal);
  return parsed.ok ? ok(parsed.value ? "true" : "") : refused("bool", value, parsed.error);
}

/** Only name, port and protocol of each port are kept, as a JSON text (contract 1.6 §6.2). */
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
  return ok(ports.length === 0 ? "" : htmlSafe(JSON.stringify(ports)));
}

function readPort(given: unknown, path: readonly string[]): Reading {
  if (given !== null && !isObject(given)) return mismatch("port", given, "port", path);
  const keyOf = (name: string): string => {
    if (given?.[name] !== undefined && given[name] !== null) return name;
    // Go takes another case of the name, too.
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
