import { bad, ok, type Parsed } from "./parsed.ts";

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["\u00b5s", 1_000n],
  ["\u03bcs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);

/** Nanoseconds per unit. */
export const MILLISECOND = 1_000_000n;
export const SECOND = 1_000_000_000n;
/** The magnitude of the smallest int64: one more than the largest. */
const LIMIT = 1n << 63n;
const TERM = /([0-9]*)(?:(\.)([0-9]*))?([^.0-9]*)/y;

/** Returns a duration in whole milliseconds. */
export function milliseconds(duration: bigint): number {
  return Number(duration / MILLISECOND);
}

/** Parses a duration such as "1m30s" into nanoseconds: Go 1.25 `time.ParseDuration`, with its error texts. */
export function parseDuration(text: string): Parsed<bigint> {
  // Fast path: nearly all durations are whole seconds.
  const seconds = Number(text.slice(0, -1));
  if (`${seconds}s` === text && Number.isSafeInteger(seconds) && seconds >= 0 && seconds <= 1e9) return ok(BigInt(seconds) * SECOND);
  return parseTerms(text);
}

function parseTerms(text: string): Parsed<bigint> {
  const negative = text.startsWith("-");
  const body = negative || text.startsWith("+") ? text.slice(1) : text;
  if (body === "0") return ok(0n);
  if (body === "") return invalid(text);

  let total = 0n;
  let at = 0;
  while (at < body.length) {
    TERM.lastIndex = at;
    const [term = "", whole = "", , fraction = "", unitName = ""] = TERM.exec(body) ?? [];
    const value = whole === "" ? 0n : BigInt(whole);
    if (value > LIMIT || (whole === "" && fraction === "")) return invalid(text);
    if (unitName === "") return bad(`time: missing unit in duration ${timeQuote(text)}`);
    const unit = UNITS.get(unitName);
    if (unit === undefined) {
      return bad(`time: unknown unit ${timeQuote(unitName)} in duration ${timeQuote(text)}`);
    }
    if (value > LIMIT / unit) return invalid(text);
    total += value * unit + fractionOf(fraction, unit);
    if (total > LIMIT) return invalid(text);
    at += term.length;
  }
  if (negative) return ok(-total);
  return total === LIMIT ? invalid(text) : ok(total);
}

/** Formats nanoseconds as Go's `Duration.String`, such as "1h0m0s" or "2µs". */
export function formatDuration(ns: bigint): string {
  const sign = ns < 0n ? "-" : "";
  const size = ns < 0n ? -ns : ns;
  if (size === 0n) return "0s";
  if (size < 1_000n) return `${sign}${size}ns`;
  if (size < 1_000_000n) return `${sign}${decimal(size, 3)}µs`;
  if (size < SECOND) return `${sign}${decimal(size, 6)}ms`;

  const seconds = `${decimal(size % (60n * SECOND), 9)}s`;
  const minutes = size / (60n * SECOND);
  if (minutes === 0n) return sign + seconds;
  if (minutes < 60n) return `${sign}${minutes}m${seconds}`;
  return `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}

/** Formats nanoseconds as proto JSON: seconds with 0, 3, 6 or 9 decimals, such as "0.500s". */
export function protoDuration(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  let decimals = String(size % SECOND).padStart(9, "0");
  while (decimals.endsWith("000")) decimals = decimals.slice(0, -3);
  return `${ns < 0n ? "-" : ""}${size / SECOND}${decimals === "" ? "" : `.${decimals}`}s`;
}

function invalid(text: string): Parsed<never> {
  return bad(`time: invalid duration ${timeQuote(text)}`);
}

/** Go uses only the digits that fit an int64, and scales them as a float64 before truncating to whole nanoseconds. */
function fractionOf(digits: string, unit: bigint): bigint {
  let value = 0n;
  let scale = 1;
  for (const digit of digits) {
    if (value > (LIMIT - 1n) / 10n) break;
    const next = value * 10n + BigInt(digit);
    if (next > LIMIT) break;
    value = next;
    scale *= 10;
  }
  return value === 0n ? 0n : BigInt(Math.trunc(Number(value) * (Number(unit) / scale)));
}

function decimal(value: bigint, places: number): string {
  const unit = 10n ** BigInt(places);
  const rest = String(value % unit)
    .padStart(places, "0")
    .replace(/0+$/, "");
  return rest === "" ? String(value / unit) : `${value / unit}.${rest}`;
}

/** `time.quote`: unlike strconv.Quote, writes every byte outside printable ASCII as \xHH. */
function timeQuote(text: string): string {
  const escaped = text.replace(/["\\]|[^ -\x7f]+/g, (part) => (part === '"' || part === "\\" ? `\\${part}` : hexBytes(part)));
  return `"${escaped}"`;
}

function hexBytes(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}
