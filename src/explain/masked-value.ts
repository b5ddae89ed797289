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
    Object.entries(value).map(([name, member]) => [name, isHidden && name === "text" ? MASK : maskedTexts(member)]),
  );
}

/** Reports whether a file that a start writes has a secret as its text, by its name: `lightstep_access_token.txt`. */
function isSecretFile(path: unknown): boolean {
  const name = typeof path === "string" ? (path.split("/").at(-1) ?? "") : "";
  return secrecyOf(name.replace(/\.[a-z]+$/, "")) !== "open";
}

/** Returns the value at a path for people: with its secrets masked, which the names on the path may mark as such. */
export function maskedValue(path: Path, value: JsonValue): JsonValue {
  // The members of a JSON value are JSON values.
  const plain = maskedTexts(value) as JsonValue;
  const nested = path.reduceRight<JsonValue>(
    (inner, { name, isItem }) => (isItem ? [isObject(inner) ? { name, ...asObject(inner) } : inner] : { [name]: inner }),
    plain,
  );
  const text = JSON.stringify(nested);
  const masked = withoutSecrets(text);
  return masked === text ? plain : valueIn(masked, path);
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
