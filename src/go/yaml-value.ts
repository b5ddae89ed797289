import { quote } from "./literal.ts";
import { bad, ok, type Parsed } from "./parsed.ts";
import type { YamlScalar } from "./yaml-scalar.ts";

/** What yaml.v2 decodes into an interface{}: maps keep the types of their keys. */
export type YamlValue = YamlScalar | readonly YamlValue[] | YamlMap;
export type YamlMap = ReadonlyMap<YamlScalar, YamlValue>;

/**
 * Converts a value to JSON types with string keys (bigint for integers beyond a float64's precision), or returns the error of
 * sigs.k8s.io/yaml (yaml.go) or encoding/json.
 */
export function jsonValue(value: YamlValue): Parsed<unknown> {
  const problems: Problems = {};
  const converted = convert(value, problems);
  const error = problems.key ?? problems.number;
  return error === undefined ? ok(converted) : bad(error);
}

/** Returns the string for a key of a mapping; undefined if there is none (null and integers beyond int64). */
export function keyText(key: YamlScalar): string | undefined {
  switch (typeof key) {
    case "string":
      return key;
    case "boolean":
      return String(key);
    case "bigint":
      return key < 1n << 63n ? String(key) : undefined;
    case "number":
      return float32Text(key);
    default:
      return undefined;
  }
}

/** Formats a value like Go's %#v, for error messages. */
export function goSyntax(value: YamlValue): string {
  if (value === null) return "interface {}(nil)";
  if (typeof value === "string") return quote(value);
  if (value instanceof Map) {
    const pairs = Array.from(value, ([key, member]) => `${goSyntax(key)}:${goSyntax(member)}`);
    return `map[interface {}]interface {}{${pairs.join(", ")}}`;
  }
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (typeof value === "number" && !Number.isFinite(value)) return infinityName(value);
  return typeof value === "bigint" && value >= 1n << 63n ? `0x${value.toString(16)}` : String(value);
}

/** The first error of each kind. Go reports a bad key before a bad number, as it converts keys before it encodes. */
type Problems = { key?: string; number?: string };

function convert(value: YamlValue, problems: Problems): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) problems.number ??= `json: unsupported value: ${infinityName(value)}`;
    return value;
  }
  if (value === null || typeof value !== "object") return value;
  if (!isMap(value)) return value.map((item) => convert(item, problems));

  // A null prototype, so that "__proto__" is an ordinary key.
  const converted: Record<string, unknown> = Object.create(null);
  for (const [key, member] of value) {
    const name = keyText(key);
    if (name === undefined) problems.key ??= unsupportedKey(key, member);
    else converted[name] = convert(member, problems);
  }
  return converted;
}

function isMap(value: readonly YamlValue[] | YamlMap): value is YamlMap {
  return value instanceof Map;
}

function unsupportedKey(key: YamlScalar, member: YamlValue): string {
  const type = key === null ? "%!s(<nil>)" : "uint64";
  const [keySyntax, memberSyntax] = [key, member].map((value) => (value === null ? "<nil>" : goSyntax(value)));
  return `unsupported map key of type: ${type}, key: ${keySyntax}, value: ${memberSyntax}`;
}

function infinityName(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

/** `strconv.FormatFloat(key, 'g', -1, 32)`, but with YAML's ".inf" and ".nan". */
function float32Text(key: number): string {
  const value = Math.fround(key);
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  let digits = 0;
  while (digits < 8 && Math.fround(Number(value.toExponential(digits))) !== value) digits++;
  const [mantissa = "", power = "0"] = value.toExponential(digits).split("e");
  const exponent = Number(power);
  const sign = Object.is(value, -0) ? "-" : "";
  if (exponent >= -4 && exponent < 6) return sign + value.toFixed(Math.max(0, digits - exponent));
  return `${mantissa}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}
