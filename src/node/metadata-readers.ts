import { htmlSafeJson, isObject, parseGoJson } from "../go/json.ts";
import { unquote } from "../go/literal.ts";
import { parseBool } from "../go/number.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import type { JsonValue } from "../settings/encode.ts";
import { emptyRecord } from "../settings/schema.ts";

/**
 * How a metadata key that upstream has a field for is written (spec 1.6 §6.2, 1.30 §6.3): `list` is a comma-joined
 * text, `flag` the text "true" or nothing, `ports` a text that holds a JSON array.
 */
export type KeyType = "string" | "map" | "list" | "flag" | "ports" | "object" | "number" | "texts";
/** How a value is read into a field of each type; `before` is what an earlier spelling of the key gave. */
export const READERS: Readonly<Record<KeyType, (value: unknown, before: JsonValue | undefined) => Parsed<JsonValue>>> = {
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
