import { isObject } from "../go/json.ts";
import type { JsonValue } from "../go/json-value.ts";
import { withoutSecrets } from "../secrets/mask.ts";
import { MASK, secrecyOf } from "../secrets/secret-names.ts";
import type { Path } from "./paths.ts";

/** Returns a value whose texts have no secrets, also those that are documents of their own. */
export function maskedTexts(value: unknown): unknown {
  if (typeof value === "string") return withoutSecrets(value);
  if (Array.isArray(value)) return value.map(maskedTexts);
  if (!isObject(value)) return value;
  const isHidden = isSecretFile(value["path"]);
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => {
      const isSecret = isHidden && name === "text";
      return [name, isSecret ? MASK : name === "headers" ? maskedHeaders(member) : maskedTexts(member)];
    }),
  );
}

/** Masks the values of headers that variables set, in a list of pairs or a part of one: any of them may be a secret. */
function maskedHeaders(value: unknown): unknown {
  if (!Array.isArray(value) || !value.every(Array.isArray)) return maskedTexts(value);
  const pairs: readonly (readonly unknown[])[] = value;
  return pairs.map((pair) => (pair.length === 2 ? [pair[0], pair[0] === "clusterid" ? pair[1] : MASK] : pair.map(() => MASK)));
}

/** Reports whether a file that a start writes has a secret as its text, by its name: `lightstep_access_token.txt`. */
function isSecretFile(path: unknown): boolean {
  const name = typeof path === "string" ? (path.split("/").at(-1) ?? "") : "";
  return secrecyOf(name.replace(/\.[a-z]+$/, "")) !== "open";
}

/** Returns the value at a path for people: with its secrets masked, which the names on the path may mark as such. */
export function maskedValue(path: Path, value: JsonValue): JsonValue {
  const nested = path.reduceRight<JsonValue>(
    (inner, { name, isItem }) => (isItem ? [isObject(inner) ? { name, ...asObject(inner) } : inner] : { [name]: inner }),
    value,
  );
  const masked = withoutSecrets(JSON.stringify(maskedTexts(nested)));
  return masked === JSON.stringify(nested) ? value : valueIn(masked, path);
}

function valueIn(masked: string, path: Path): JsonValue {
  let found: unknown;
  try {
    found = JSON.parse(masked);
  } catch {
    return MASK;
  }
  for (const [index, { name, isItem }] of path.entries()) {
    found = isItem ? (Array.isArray(found) ? found[0] : undefined) : isObject(found) ? found[name] : undefined;
    // A masked member hides everything below it.
    if (typeof found !== "object" && index < path.length - 1) return MASK;
  }
  // What JSON.parse returns is a JSON value.
  return found === undefined ? MASK : (found as JsonValue);
}

function asObject(value: JsonValue): Readonly<Record<string, JsonValue>> {
  // Only called for objects, whose members are JSON values.
  return value as Readonly<Record<string, JsonValue>>;
}
