import { ConfigError } from "../common/errors.ts";
import type { Notice } from "../common/notice.ts";
import { isObject, parseGoJson, sortedUtf8 } from "../go/json.ts";
import type { JsonObject, JsonValue } from "../go/json-value.ts";
import type { Environment } from "../inputs/environment.ts";
import { emptyRecord, type MessageSchema } from "../settings/schema.ts";
import { JSON_PREFIX, type KeyType, PREFIX, type Refusal, readKey } from "./metadata-readers.ts";
import type { MetadataOrigins } from "./metadata-refusal.ts";

/** The keys that upstream has a field for, with their formats. */
export type TypedKeys = Readonly<Record<string, KeyType | MessageSchema>>;

/** The values of upstream's typed fields. */
export interface TypedMetadata<Key extends string> {
  get(key: Key): JsonValue | undefined;
  set(key: Key, value: JsonValue): TypedMetadata<Key>;
  keys(): Iterable<string>;
}

/** Metadata before it is complete: raw values from the environment, and upstream's typed fields. Empty values are absent. */
export interface MetadataDraft {
  readonly raw: ReadonlyMap<string, unknown>;
  readonly typed: TypedMetadata<string>;
}

/**
 * Returns the raw keys, in order of precedence: members of `ISTIO_METAJSON_*` objects, `ISTIO_META_*`, `base` (contract 1.6 §6.1, 1.30
 * §6.1).
 */
export function rawMetadata(
  environment: Environment,
  base: readonly (readonly [string, string])[],
  isIncluded: (name: string) => boolean,
): { readonly raw: Map<string, unknown>; readonly notices: readonly Notice[] } {
  const raw = new Map<string, unknown>();
  const notices: Notice[] = [];
  for (const pair of base) setText(raw, pair);
  for (const pair of environment.pairs) if (isIncluded(pair[0])) setText(raw, pair);
  for (const pair of environment.pairs) {
    const name = pair[0];
    if (!name.startsWith(JSON_PREFIX)) continue;
    const parsed = parseGoJson(pair[1]);
    if (parsed.ok && isObject(parsed.value)) for (const key of Object.keys(parsed.value)) raw.set(key, parsed.value[key]);
    else if (!parsed.ok || parsed.value !== null)
      notices.push({
        level: "warn",
        text: `Ignoring ${name}: ${parsed.ok ? `it must be a JSON object: current value is ${excerptOf(pair[1])}` : `it is not JSON: ${parsed.error}`}`,
      });
  }
  return { raw, notices };
}

function displayTextOf(value: unknown, name: string): string {
  const { displayText }: typeof import("../go/display-text.ts") = require("../go/display-text.ts");
  return displayText(value, name);
}

function excerptOf(text: string): string {
  const { excerpt }: typeof import("../go/display-text.ts") = require("../go/display-text.ts");
  return excerpt(text);
}

function setText(raw: Map<string, unknown>, pair: readonly [string, string]): void {
  if (pair[0].startsWith(PREFIX)) raw.set(pair[0].slice(PREFIX.length), pair[1]);
}

/**
 * Decodes the raw keys into upstream's typed fields. Keys match exactly, else case-insensitively, in key order, so the last one wins
 * (contract 1.6 §6.1 step 4, 1.30 §6.1 step 4).
 * @throws ConfigError, with `status`, for values of the wrong type
 */
export function typedMetadata<Keys extends TypedKeys>(
  raw: ReadonlyMap<string, unknown>,
  keys: Keys,
  status: number,
  origins: MetadataOrigins,
): TypedMetadata<keyof Keys & string> {
  const typed = new Map<string, JsonValue>();
  const refusals: (readonly [key: string, refusal: Refusal])[] = [];
  for (const key of sortedUtf8(raw.keys())) {
    const field = Object.hasOwn(keys, key) ? key : keyIgnoringCase(key, keys);
    const form = field === undefined ? undefined : keys[field];
    if (field === undefined || form === undefined) continue;
    const decoded = readKey(form, raw.get(key), typed.get(field));
    if (decoded.ok && decoded.value !== undefined) typed.set(field, decoded.value);
    else if (!decoded.ok) refusals.push([key, decoded.refusal]);
  }
  if (refusals.length === 0) return typed;
  const { refusalText: refusalWords }: typeof import("./metadata-refusal.ts") = require("./metadata-refusal.ts");
  const problems = refusals.map(([key, refusal]) => refusalWords(key, refusal, origins));
  throw new ConfigError("Cannot use node metadata", problems, status);
}

/** Returns the table's key that equals a key case-insensitively. */
function keyIgnoringCase(key: string, keys: TypedKeys): string | undefined {
  const folded = key.toLowerCase();
  return Object.keys(keys).find((each) => each.length === folded.length && each.toLowerCase() === folded);
}

/** Returns the final metadata: non-empty typed values, then all raw keys that are not typed (contract 1.6 §6.1 step 10). */
export function emitMetadata({ raw, typed }: MetadataDraft): JsonObject {
  const result = emptyRecord<JsonValue>();
  for (const key of sortedUtf8(new Set([...typed.keys(), ...raw.keys()]))) {
    const value = typed.get(key);
    if (value !== undefined && !isEmpty(value)) result[key] = value;
    // Raw values come from a JSON parser or the environment.
    else if (raw.has(key)) result[key] = raw.get(key) as JsonValue;
  }
  return result;
}

/** Parses a variable with labels, an object of strings; any other value becomes empty with a warning (README of the recorded cases). */
export function labelsFromJson(
  name: string,
  text: string,
): { readonly labels: Record<string, string>; readonly notices: readonly Notice[] } {
  const parsed = parseGoJson(text);
  const labels = emptyRecord<string>();
  // Anything but an object was already reported by `rawMetadata`.
  if (!parsed.ok || !isObject(parsed.value)) return { labels, notices: [] };
  const wrong = Object.entries(parsed.value).filter(([, value]) => typeof value !== "string" && value !== null);
  for (const [key, value] of Object.entries(parsed.value)) labels[key] = typeof value === "string" ? value : "";
  return {
    labels,
    notices: wrong.map(([key, value]) => ({
      level: "warn",
      text: `Label "${key}" of ${name} becomes empty: it must be a string: current value is ${displayTextOf(value, key)}`,
    })),
  };
}

/** Returns a typed map of strings; empty if it is absent. */
export function textMap<Key extends string>(typed: TypedMetadata<Key>, key: NoInfer<Key>): Record<string, string> {
  const found = typed.get(key);
  const result = emptyRecord<string>();
  if (!isObject(found)) return result;
  for (const name of Object.keys(found)) {
    const value = found[name];
    if (typeof value === "string") result[name] = value;
  }
  return result;
}

/** Returns a typed string; empty if it is absent. */
export function textIn<Key extends string>(typed: TypedMetadata<Key>, key: NoInfer<Key>): string {
  const found = typed.get(key);
  return typeof found === "string" ? found : "";
}

function isEmpty(value: JsonValue): boolean {
  if (value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
