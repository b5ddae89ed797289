import { htmlSafe, isObject, parseGoJson } from "../go/json.ts";
import { unquote } from "../go/literal.ts";
import { parseBool } from "../go/number.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import { decodeInto } from "../settings/decode.ts";
import type { JsonValue } from "../settings/encode.ts";
import { emptyRecord, type MessageSchema } from "../settings/schema.ts";

/**
 * How a metadata key that upstream has a field for is written (spec 1.6 §6.2, 1.30 §6.3): `list` is a comma-joined
 * text, `flag` the text "true" or nothing, `optional-flag` the same or `null`, `ports` a text that holds a JSON array.
 * The first release takes for a list what is between the first and the last character of any JSON, and ignores ports
 * that are no text.
 */
export type KeyType = "string" | "map" | "list" | "cut-list" | "flag" | "optional-flag" | "ports" | "ports-if-text" | "number" | "texts";

/** Types that hear of `null`; for all others it is as if the key were not there. */
const WITH_NULL: ReadonlySet<KeyType> = new Set(["list", "cut-list", "flag", "ports", "ports-if-text"]);

/** The value of a key of a type, undefined where `null` says nothing; `before` is what an earlier spelling of the key gave. */
export function readKey(type: KeyType | MessageSchema, value: unknown, before: JsonValue | undefined): Parsed<JsonValue | undefined> {
  if (value === null && (typeof type === "object" || !WITH_NULL.has(type))) return ok(undefined);
  return typeof type === "object" ? readMessage(type, value) : READERS[type](value, before);
}

const READERS: Readonly<Record<KeyType, (value: unknown, before: JsonValue | undefined) => Parsed<JsonValue>>> = {
  string: (value) => (typeof value === "string" ? ok(value) : mismatch(value, "string")),
  number: (value) => (isInt64(value) ? ok(value) : mismatch(value, "int")),
  texts: (value) =>
    Array.isArray(value) && value.every((each) => typeof each === "string" || each === null) ? ok(value) : mismatch(value, "list of texts"),
  map: readMap,
  list: (value) => (typeof value === "string" || value === null ? ok(value ?? "") : mismatch(value, "string")),
  "cut-list": readCutList,
  flag: readFlag,
  "optional-flag": readFlag,
  ports: (value) => (typeof value === "string" ? readPorts(value) : bad("invalid syntax")),
  "ports-if-text": (value) => (typeof value === "string" ? readPorts(value) : ok("")),
};

/** Whether a value that Go has as a float64 is an integer of 64 bits when it is written out. */
function isInt64(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63;
}

/** A message is only looked at: the agent's own takes its place. */
function readMessage(schema: MessageSchema, value: unknown): Parsed<JsonValue> {
  const [first] = decodeInto(schema, {}, value).errors;
  return first === undefined ? ok({}) : bad([...first.path, first.text].join(": "));
}

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
function readCutList(value: unknown): Parsed<JsonValue> {
  const inner = JSON.stringify(value).slice(1, -1);
  const again = parseGoJson(`"${inner}"`);
  return again.ok && typeof again.value === "string" ? ok(again.value) : mismatch(value, "comma list");
}

function readFlag(value: unknown): Parsed<JsonValue> {
  const literal = unquote(htmlSafe(JSON.stringify(value)));
  if (literal === undefined) return bad("strconv.Unquote: invalid syntax");
  const parsed = parseBool(literal);
  return parsed.ok ? ok(parsed.value ? "true" : "") : parsed;
}

/** Only name, port and protocol of each port are kept, as a JSON text (spec 1.6 §6.2, encodings). */
function readPorts(value: string): Parsed<JsonValue> {
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
  return ok(ports.length === 0 ? "" : htmlSafe(JSON.stringify(ports)));
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
  if (!isInt64(containerPort)) return mismatch(containerPort, "int");
  return ok({ ...(name === "" ? {} : { name }), containerPort, protocol });
}

function mismatch(value: unknown, type: string): Parsed<never> {
  const kind = Array.isArray(value) ? "array" : value === null ? "null" : typeof value;
  return bad(`json: cannot unmarshal ${kind} into a ${type}`);
}
