import { refuseNumber } from "./number.ts";
import { ok, type Parsed } from "./parsed.ts";

const DECIMAL = /^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
const HEXADECIMAL = /^([+-]?)0[xX](_?[0-9a-fA-F][0-9a-fA-F_]*)?(?:\.([0-9a-fA-F][0-9a-fA-F_]*)?)?[pP]([+-]?[0-9]+)$/;
const INFINITE = /^([+-]?)inf(?:inity)?$/i;

/** Parses a number: `strconv.ParseFloat` for 64 bits. */
export function parseFloat64(text: string): Parsed<number> {
  const infinite = INFINITE.exec(text);
  if (infinite !== null) return ok(infinite[1] === "-" ? -Infinity : Infinity);
  if (/^nan$/i.test(text)) return ok(Number.NaN);
  const value = DECIMAL.test(text) ? Number(text) : hexadecimal(text);
  if (value === undefined) return refuseNumber("ParseFloat", text, "invalid syntax");
  return Number.isFinite(value) ? ok(value) : refuseNumber("ParseFloat", text, "value out of range");
}

/** Returns the value of a hexadecimal number; undefined for any other text. */
function hexadecimal(text: string): number | undefined {
  const [found, sign, whole = "", fraction = "", exponent] = HEXADECIMAL.exec(text) ?? [];
  if (found === undefined || whole + fraction === "" || /__|_[.pP]/.test(text)) return undefined;
  const digits = (whole + fraction).replaceAll("_", "");
  const size = Number.parseInt(digits, 16) * 2 ** (Number(exponent) - 4 * fraction.replaceAll("_", "").length);
  return sign === "-" ? -size : size;
}
