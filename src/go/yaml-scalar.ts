import { decodeUtf8 } from "./literal.ts";
import { signedInteger, unsignedInteger } from "./number.ts";
import { bad, ok, type Parsed } from "./parsed.ts";

/** A scalar as decoded by yaml.v2; bigint is a Go integer, number a float64. */
export type YamlScalar = null | boolean | string | bigint | number;

type Resolved = { readonly tag: string; readonly value: YamlScalar };

const LONG = "tag:yaml.org,2002:";
const RESOLVABLE: readonly string[] = ["str", "bool", "int", "float", "null", "timestamp"].map((name) => LONG + name);
const KEYWORDS: ReadonlyMap<string, Resolved> = new Map([
  ...words("bool", true, "y Y yes Yes YES true True TRUE on On ON"),
  ...words("bool", false, "n N no No NO false False FALSE off Off OFF"),
  ...words("null", null, "~ null Null NULL"),
  ...words("float", Number.NaN, ".nan .NaN .NAN"),
  ...words("float", Number.POSITIVE_INFINITY, ".inf .Inf .INF +.inf +.Inf +.INF"),
  ...words("float", Number.NEGATIVE_INFINITY, "-.inf -.Inf -.INF"),
  ...words("null", null, ""),
  ...words("merge", "<<", "<<"),
]);
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const DOT_FLOAT = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const TIMESTAMP =
  /^[0-9]{4}-([0-9]{1,2})-([0-9]{1,2})(?:[Tt]([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?(?:Z|[-+][0-9]{2}:[0-9]{2})| +([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,][0-9]+)?)?$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Resolves the value of a plain scalar, untagged or tagged (`tag` in its long form): `resolve` of yaml.v2, resolve.go. */
export function resolveScalar(tag: string | undefined, text: string): Parsed<YamlScalar> {
  if (tag === `${LONG}binary`) return decodeBinary(text);
  if (tag === `${LONG}str` || (tag !== undefined && !RESOLVABLE.includes(tag))) return ok(text);

  const { tag: found, value } = resolvePlain(tag, text);
  if (tag === undefined || tag === LONG + found) return ok(value);
  const isInt64 = typeof value === "bigint" && value < 1n << 63n;
  if (tag === `${LONG}float` && isInt64) return ok(Number(value));
  return bad(`yaml: cannot decode !!${found} \`${text}\` as a !!${tag.slice(LONG.length)}`);
}

function resolvePlain(tag: string | undefined, text: string): Resolved {
  const word = KEYWORDS.get(text);
  if (word !== undefined) return word;
  if (text.startsWith(".") && DOT_FLOAT.test(text)) return float(text.replaceAll("_", "")) ?? string(text);
  if (!/^[-+0-9]/.test(text)) return string(text);

  if ((tag === undefined || tag === `${LONG}timestamp`) && isTimestamp(text)) {
    return { tag: "timestamp", value: text };
  }
  const plain = text.replaceAll("_", "");
  const signed = signedInteger(plain, 0, 64);
  const integer = typeof signed === "bigint" ? signed : unsignedInteger(plain, 0, 64);
  if (typeof integer === "bigint") return { tag: "int", value: integer };
  return (FLOAT.test(plain) ? float(plain) : undefined) ?? string(text);
}

function words(tag: string, value: YamlScalar, list: string): ReadonlyArray<readonly [string, Resolved]> {
  return list.split(" ").map((word) => [word, { tag, value }] as const);
}

function string(text: string): Resolved {
  return { tag: "str", value: text };
}

/** Returns undefined beyond the range of a float64, which Go rejects. */
function float(text: string): Resolved | undefined {
  const value = Number(text);
  return Number.isFinite(value) ? { tag: "float", value } : undefined;
}

function isTimestamp(text: string): boolean {
  const [, month, day, ...clock] = TIMESTAMP.exec(text) ?? [];
  if (month === undefined) return false;
  const [hour = 0, minute = 0, second = 0] = clock.filter((part) => part !== undefined).map(Number);
  const days = new Date(Date.UTC(Number(text.slice(0, 4)) + 400, Number(month), 0)).getUTCDate();
  const inCalendar = Number(month) >= 1 && Number(month) <= 12 && Number(day) >= 1 && Number(day) <= days;
  return inCalendar && hour < 24 && minute < 60 && second < 60;
}

function decodeBinary(text: string): Parsed<string> {
  const digits = text.replace(/[\r\n]/g, "");
  if (!BASE64.test(digits)) return bad("yaml: !!binary value contains invalid base64 data");
  return ok(decodeUtf8(Uint8Array.from(atob(digits), (byte) => byte.charCodeAt(0))));
}
