import { refuseNumber } from "./number.ts";
import { ok, type Parsed } from "./parsed.ts";

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?[pP]([+-]?[0-9]+)$/;
/** An underscore that is not between two digits, or the prefix of a hexadecimal number and one. */
const MISPLACED = /(?<![0-9])_|_(?![0-9])/;
const MISPLACED_HEXADECIMAL = /(?<![0-9a-fA-F]|^[+-]?0[xX])_|_(?![0-9a-fA-F])/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** Parses a number: `strconv.ParseFloat` for 64 bits. */
export function parseFloat64(text: string): Parsed<number> {
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return ok(infinite[1] === "-" ? -Infinity : Infinity);
  if (/^nan$/i.test(text)) return ok(Number.NaN);
  const digits = withoutUnderscores(text);
  const value = DECIMAL.test(digits) ? Number(digits) : hexadecimal(digits);
  if (value === undefined) return refuseNumber("ParseFloat", text, "invalid syntax");
  return Number.isFinite(value) ? ok(value) : refuseNumber("ParseFloat", text, "value out of range");
}

/** Returns a number without the underscores between its digits, or as it is if any is elsewhere. */
function withoutUnderscores(text: string): string {
  const misplaced = /^[+-]?0x/i.test(text) ? MISPLACED_HEXADECIMAL : MISPLACED;
  return misplaced.test(text) ? text : text.replaceAll("_", "");
}

/** Returns the value of a hexadecimal number; undefined for any other text. */
function hexadecimal(text: string): number | undefined {
  const [found, sign, whole = "", fraction = "", exponent] = HEXADECIMAL.exec(text) ?? [];
  if (found === undefined || whole + fraction === "") return undefined;
  const size = Number.parseInt(whole + fraction, 16) * 2 ** (Number(exponent) - 4 * fraction.length);
  return sign === "-" ? -size : size;
}
