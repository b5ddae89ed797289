import { quote } from "./literal.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

/** Why a text is not an integer: the texts of strconv's ErrSyntax and ErrRange. */
export type IntegerFault = "invalid syntax" | "value out of range";

const PREFIXES: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16 };
/** Where base 0 allows an underscore: between digits, or between the prefix (including a leading 0) and a digit. */
const UNDERSCORES_OK = /^(?:0[xX](?:_?[0-9a-fA-F])+|0[bBoO](?:_?[0-9])+|[0-9](?:_?[0-9])*)$/;

/** Parses an integer: `strconv.ParseInt`. Beyond 2^53 the result is the nearest number. */
export function parseInteger(text: string, base: 0 | 10, bits: 32 | 64): Parsed<number> {
  const value = signedInteger(text, base, bits);
  return typeof value === "bigint" ? ok(Number(value)) : refuseNumber("ParseInt", text, value);
}

/** Parses an unsigned integer of 16 bits in any base: `strconv.ParseUint`. */
export function parseUint16(text: string): Parsed<number> {
  const value = unsignedInteger(text, 0, 16);
  return typeof value === "bigint" ? ok(Number(value)) : refuseNumber("ParseUint", text, value);
}

/** Parses a decimal 64-bit integer: `strconv.Atoi`. */
export function atoi(text: string): Parsed<number> {
  const value = signedInteger(text, 10, 64);
  return typeof value === "bigint" ? ok(Number(value)) : refuseNumber("Atoi", text, value);
}

/** Returns whether a text is a small decimal without sign or leading zero, which every base and size accepts. */
function isSimple(text: string): boolean {
  const value = Number(text);
  return String(value) === text && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}

/** Parses a boolean: `strconv.ParseBool`. */
export function parseBool(text: string): Parsed<boolean> {
  switch (text) {
    case "1":
    case "t":
    case "T":
    case "TRUE":
    case "true":
    case "True":
      return ok(true);
    case "0":
    case "f":
    case "F":
    case "FALSE":
    case "false":
    case "False":
      return ok(false);
    default:
      return refuseNumber("ParseBool", text, "invalid syntax");
  }
}

/** Returns whether a text consists of one or more decimal digits. */
export function isDigits(text: string): boolean {
  for (const character of text) if (character < "0" || character > "9") return false;
  return text !== "";
}

/** Parses a signed integer exactly: `strconv.ParseInt`. */
export function signedInteger(text: string, base: 0 | 10, bits: 32 | 64): bigint | IntegerFault {
  if (isSimple(text)) return BigInt(text);
  const negative = text.startsWith("-");
  const size = unsignedInteger(negative || text.startsWith("+") ? text.slice(1) : text, base, bits);
  if (typeof size !== "bigint") return size;
  const limit = 1n << BigInt(bits - 1);
  if (negative) return size > limit ? "value out of range" : -size;
  return size >= limit ? "value out of range" : size;
}

/** Parses an unsigned integer exactly: `strconv.ParseUint`; a sign is invalid. */
export function unsignedInteger(text: string, base: 0 | 10, bits: 16 | 32 | 64): bigint | IntegerFault {
  const prefixed = base === 0 && text.startsWith("0");
  const named = prefixed && text.length > 2 ? PREFIXES[(text[1] ?? "").toLowerCase()] : undefined;
  const radix = named ?? (prefixed ? 8 : 10);
  const digits = named !== undefined ? text.slice(2) : prefixed ? text.slice(1) : text;
  if (text === "") return "invalid syntax";

  const max = (1n << BigInt(bits)) - 1n;
  let value = 0n;
  for (const character of digits) {
    if (character === "_" && base === 0) continue;
    const digit = Number.parseInt(character, 36);
    // An invalid digit is NaN, which compares false.
    if (!(digit < radix)) return "invalid syntax";
    value = value * BigInt(radix) + BigInt(digit);
    if (value > max) return "value out of range";
  }
  return text.includes("_") && !UNDERSCORES_OK.test(text) ? "invalid syntax" : value;
}

/** Returns the error of strconv for a text that is not a number, by the name of its function. */
export function refuseNumber(name: string, text: string, fault: IntegerFault): Parsed<never> {
  return bad(`strconv.${name}: parsing ${quote(text)}: ${fault}`);
}
