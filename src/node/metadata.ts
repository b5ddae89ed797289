import { sortedUtf8 } from "../go/json.ts";
import { unquote } from "../go/literal.ts";
import { parseBool } from "../go/number.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import type { Environment } from "../inputs/environment.ts";
import { htmlSafeJson, parseGoJson } from "../inputs/go-json.ts";
import type { Notice } from "../inputs/notice.ts";
import { isObject } from "../settings/decode.ts";
import type { JsonObject, JsonValue } from "../settings/encode.ts";
import { emptyRecord } from "../settings/schema.ts";

/**
 * How a metadata key that upstream has a field for is written (spec 1.6 §6.2, 1.30 §6.3): `list` is a comma-joined
 * text, `flag` the text "true" or nothing, `ports` a text that holds a JSON array.
 */
export type KeyType = "string" | "map" | "list" | "flag" | "ports" | "object" | "number" | "texts";
export type TypedKeys = Readonly<Record<string, KeyType>>;

/** Rows of a table of typed keys: blank-separated names of one type. */
export function keysOf(type: KeyType, names: string): TypedKeys {
  const keys: Record<string, KeyType> = {};
  for (const name of names.split(" ")) keys[name] = type;
  return keys;
}

/** Metadata under way: what the environment says, and what upstream's typed fields make of it. Empty values are absent. */
export interface MetadataDraft {
  readonly raw: Map<string, unknown>;
  readonly typed: Map<string, JsonValue>;
}

const PREFIX = "ISTIO_META_";
const JSON_PREFIX = "ISTIO_METAJSON_";

/**
 * The open keys: `base` below `ISTIO_META_*` below the members of `ISTIO_METAJSON_*` objects (spec 1.6 §6.1, 1.30 §6.1).
 */
export function rawMetadata(
  environment: Environment,
  base: readonly (readonly [string, string])[],
  counts: (name: string) => boolean,
): { readonly raw: Map<string, unknown>; readonly notices: readonly Notice[] } {
  const raw = new Map<string, unknown>();
  const notices: Notice[] = [];
  for (const pair of base) setPlain(raw, pair);
  for (const pair of environment.pairs) if (counts(pair[0])) setPlain(raw, pair);
  for (const pair of environment.pairs) {
    const name = pair[0];
    if (!name.startsWith(JSON_PREFIX)) continue;
    const parsed = parseGoJson(pair[1]);
    if (parsed.ok && isObject(parsed.value)) for (const key of Object.keys(parsed.value)) raw.set(key, parsed.value[key]);
    else if (!parsed.ok || parsed.value !== null)
      notices.push({
        level: "warn",
        text: `Env variable ${name} is not a JSON object, nothing of it counts: ${parsed.ok ? "wrong type" : parsed.error}`,
      });
  }
  return { raw, notices };
}

function setPlain(raw: Map<string, unknown>, pair: readonly [string, string]): void {
  if (pair[0].startsWith(PREFIX)) raw.set(pair[0].slice(PREFIX.length), pair[1]);
}

/**
 * What upstream's typed fields make of the open keys: matched exactly, else without regard to case, in key order, so
 * that the last one wins. A value of the wrong type is an error (spec 1.6 §6.1 step 4, 1.30 §6.1 step 4).
 */
export function typedMetadata(
  raw: ReadonlyMap<string, unknown>,
  keys: TypedKeys,
): { readonly typed: Map<string, JsonValue>; readonly problems: readonly string[] } {
  const byFold = new Map(Object.keys(keys).map((key) => [key.toLowerCase(), key]));
  const typed = new Map<string, JsonValue>();
  const problems: string[] = [];
  for (const key of sortedUtf8(raw.keys())) {
    const field = Object.hasOwn(keys, key) ? key : byFold.get(key.toLowerCase());
    const type = field === undefined ? undefined : keys[field];
    const value = raw.get(key);
    if (field === undefined || type === undefined || value === null) continue;
    const decoded = READERS[type](value, typed.get(field));
    if (decoded.ok) typed.set(field, decoded.value);
    else problems.push(`metadata key ${key}: ${decoded.error}`);
  }
  return { typed, problems };
}

/** The finished metadata: typed values that are not empty, then every open key that none of them has (spec 1.6 §6.1 step 10). */
export function emitMetadata({ raw, typed }: MetadataDraft): JsonObject {
  const result = emptyRecord<JsonValue>();
  for (const key of sortedUtf8(new Set([...typed.keys(), ...raw.keys()]))) {
    const value = typed.get(key);
    if (value !== undefined && !isEmpty(value)) result[key] = value;
    // Open values come out of a JSON parser or the environment.
    else if (raw.has(key)) result[key] = raw.get(key) as JsonValue;
  }
  return result;
}

/** A variable that holds labels: an object of texts; another value becomes an empty text and a warning (README of the recorded cases). */
export function labelsFromJson(
  name: string,
  text: string,
): { readonly labels: Record<string, string>; readonly notices: readonly Notice[] } {
  const parsed = parseGoJson(text);
  const labels = emptyRecord<string>();
  if (!parsed.ok || !isObject(parsed.value))
    return { labels, notices: [{ level: "warn", text: `Env variable ${name} is not a JSON object of texts` }] };
  const wrong = Object.entries(parsed.value).filter(([, value]) => typeof value !== "string" && value !== null);
  for (const [key, value] of Object.entries(parsed.value)) labels[key] = typeof value === "string" ? value : "";
  return {
    labels,
    notices: wrong.map(([key]) => ({ level: "warn", text: `Env variable ${name}: label "${key}" is no text and becomes empty` })),
  };
}

/** A typed map of texts, made if there is none. */
export function textMap(typed: ReadonlyMap<string, JsonValue>, key: string): Record<string, string> {
  const found = typed.get(key);
  const result = emptyRecord<string>();
  if (!isObject(found)) return result;
  for (const name of Object.keys(found)) {
    const value = found[name];
    if (typeof value === "string") result[name] = value;
  }
  return result;
}

/** A typed text; absent is empty. */
export function textIn(typed: ReadonlyMap<string, JsonValue>, key: string): string {
  const found = typed.get(key);
  return typeof found === "string" ? found : "";
}

function isEmpty(value: JsonValue): boolean {
  if (value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

const READERS: Readonly<Record<KeyType, (value: unknown, before: JsonValue | undefined) => Parsed<JsonValue>>> = {
  string: (value) => (typeof value === "string" ? ok(value) : mismatch(value, "string")),
  number: (value) => (typeof value === "number" && Number.isInteger(value) ? ok(value) : mismatch(value, "int")),
  object: (value) => (isObject(value) ? ok({}) : mismatch(value, "object")),
  texts: (value) =>
    Array.isArray(value) && value.every((each) => typeof each === "string") ? ok(value) : mismatch(value, "list of texts"),
  map: readMap,
  list: readList,
  flag: readFlag,
  ports: readPorts,
};

function readMap(value: unknown, before: JsonValue | undefined): Parsed<JsonValue> {
  if (!isObject(value)) return mismatch(value, "map of texts");
  const result = emptyRecord<JsonValue>();
  if (isObject(before)) for (const [key, each] of Object.entries(before)) result[key] = each as JsonValue; // a map read before
  for (const [key, each] of Object.entries(value)) {
    if (typeof each !== "string" && each !== null) return mismatch(each, "string");
    result[key] = each ?? "";
  }
  return ok(result);
}

/** Upstream cuts the first and the last character off the JSON text and joins the parts again: text stays as it is. */
function readList(value: unknown): Parsed<JsonValue> {
  const inner = JSON.stringify(value).slice(1, -1);
  const again = parseGoJson(`"${inner}"`);
  return again.ok && typeof again.value === "string" ? ok(again.value) : mismatch(value, "comma list");
}

function readFlag(value: unknown): Parsed<JsonValue> {
  const literal = unquote(htmlSafeJson(value));
  if (literal === undefined) return bad("strconv.Unquote: invalid syntax");
  const parsed = parseBool(literal);
  return parsed.ok ? ok(parsed.value ? "true" : "") : parsed;
}

/** Only name, port and protocol of each port are kept, as a JSON text (spec 1.6 §6.2, encodings). */
function readPorts(value: unknown): Parsed<JsonValue> {
  if (typeof value !== "string") return ok("");
  const parsed = parseGoJson(value);
  if (!parsed.ok) return parsed;
  if (parsed.value === null) return ok("");
  if (!Array.isArray(parsed.value)) return mismatch(parsed.value, "list of ports");
  const ports: JsonValue[] = [];
  for (const each of parsed.value) {
    const port = readPort(each);
    if (!port.ok) return port;
    ports.push(port.value);
  }
  return ok(ports.length === 0 ? "" : htmlSafeJson(ports));
}

function readPort(given: unknown): Parsed<JsonValue> {
  if (given !== null && !isObject(given)) return mismatch(given, "port");
  const field = (name: string): unknown => {
    let found: unknown = given?.[name];
    // Go takes another case of the name, too.
    if (found === undefined || found === null)
      for (const key of Object.keys(given ?? {})) if (key.toLowerCase() === name.toLowerCase()) found = given?.[key];
    return found ?? undefined;
  };
  const [name, containerPort, protocol] = [field("name") ?? "", field("containerPort") ?? 0, field("protocol") ?? ""];
  if (typeof name !== "string") return mismatch(name, "string");
  if (typeof protocol !== "string") return mismatch(protocol, "string");
  if (typeof containerPort !== "number" || !Number.isInteger(containerPort)) return mismatch(containerPort, "int");
  return ok({ ...(name === "" ? {} : { name }), containerPort, protocol });
}

function mismatch(value: unknown, type: string): Parsed<never> {
  const kind = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  return bad(`json: cannot unmarshal ${kind} into a ${type}`);
}
