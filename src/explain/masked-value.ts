import { isObject } from "../go/json.ts";
import type { JsonValue } from "../go/json-value.ts";
import { withoutSecrets } from "../secrets/mask.ts";
import { MASK } from "../secrets/secret-names.ts";
import type { Path } from "./paths.ts";

/** Returns the value at a path for people: with its secrets masked, which the names on the path may mark as such. */
export function maskedValue(path: Path, value: JsonValue): JsonValue {
  const nested = path.reduceRight<JsonValue>(
    (inner, { name, isItem }) => (isItem ? [isObject(inner) ? { name, ...asObject(inner) } : inner] : { [name]: inner }),
    value,
  );
  const text = JSON.stringify(nested);
  const masked = withoutSecrets(text);
  return masked === text ? value : valueIn(masked, path);
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
