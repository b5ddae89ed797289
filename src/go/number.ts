import { quote } from "./literal.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

/** Why a text is no integer, in the words of strconv's ErrSyntax and ErrRange. */
export type IntegerFault = "invalid syntax" | "value out of range";

const PREFIXES: Readonly<Record<string, number>> = { b: 2, o: 8, x: 16 };
/** Where base 0 allows an underscore: between digits, or between the prefix (a leading 0 too) and a digit. */
const UNDERSCORES_OK = /^(?:0[xX](?:_?[0-9a-fA-F])+|0[bBoO](?:_?[0-9])+|[0-9](?:_?[0-9])*)$/;

/** The integer a text stands for: `strconv.ParseInt`. Beyond 2^53 the value is the nearest number. */
export function parseInteger(text: string, base: 0 | 10, bits: 32 | 64): Parsed<number> {
  const value = signedInteger(text, base, bits);
  return typeof value === "bigint" ? ok(Number(value)) : refuse("ParseInt", text, value);
}

/** The decimal 64-bit integer a text stands for: `strconv.Atoi`. */
export function atoi(text: string): Parsed<number> {
  const value = signedInteger(text, 10, 64);
  return typeof value === "bigint" ? ok(Number(value)) : refuse("Atoi", text, value);
}

/** Whether a text is a count in its one usual form, which every base and size takes. */
function isPlain(text: string): boolean {
  const value = Number(text);
  return String(value) === text && Number.isInteger(value) && value >= 0 && value < 2 ** 31;
}

/** The boolean a text stands for: `strconv.ParseBool`. */
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
      return refuse("ParseBool", text, "invalid syntax");
  }
}

/** Whether a text is decimal digits, at least one, and nothing else. */
export function isDigits(text: string): boolean {
  for (const character of text) if (character < "0" || character > "9") return false;
  return text !== "";
}

/** The exact value by `strconv.ParseInt`, or the fault. */
export function signedInteger(text: string, base: 0 | 10, bits: 32 | 64): bigint | IntegerFault {
  if (isPlain(text)) return BigInt(text);
  const negative = text.startsWith("-");
  const size = unsignedInteger(negative || text.startsWith("+") ? text.slice(1) : text, base, bits);
  if (typeof size !== "bigint") return size;
  const limit = 1n << BigInt(bits - 1);
  if (negative) return size > limit ? "value out of range" : -size;
  return size >= limit ? "value out of range" : size;
}

/** The exact value by `strconv.ParseUint`, or the fault; a sign is invalid. */
export function unsignedInteger(text: string, base: 0 | 10, bits: 32 | 64): bigint | IntegerFault {
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
    // Not a digit at all is NaN, which is less than nothing.
    if (!(digit < radix)) return "invalid syntax";
    value = value * BigInt(radix) + BigInt(digit);
    if (value > max) return "value out of range";
  }
  return text.includes("_") && !UNDERSCORES_OK.test(text) ? "invalid syntax" : value;
}

function refuse(name: string, text: string, fault: IntegerFault): Parsed<never> {
  return bad(`strconv.${name}: parsing ${quote(text)}: ${fault}`);
}
