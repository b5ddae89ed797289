import { percentDecoded, percentEncoded } from "./bytes.ts";

/** A media type with its parameters, as in Go's `mime`: type and names in lower case, one character per byte. */
export interface MediaType {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const SPACE = "[ \\t\\n\\v\\f\\r]*";
const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const TYPE = new RegExp(`^${SPACE}(${TOKEN}(?:/${TOKEN})?)${SPACE}$`);
const PARAMETER = new RegExp(`${SPACE};${SPACE}(${TOKEN})${SPACE}=${SPACE}(${TOKEN}|"(?:[^"\\\\\\r\\n]|\\\\[^\\r\\n])*")`, "y");
const REST = new RegExp(`^${SPACE};?${SPACE}$`);
const ESCAPED = /\\([()<>@,;:\\"/[\]?=])/g;
const WHOLE_TOKEN = new RegExp(`^${TOKEN}$`);

/** Parses a media type; undefined if Go's `mime.ParseMediaType` rejects it. */
export function parseMediaType(text: string): MediaType | undefined {
  const end = text.indexOf(";");
  const type = TYPE.exec(end < 0 ? text : text.slice(0, end))?.[1];
  if (type === undefined) return undefined;
  const written = new Map<string, string>();
  let at = end < 0 ? text.length : end;
  for (;;) {
    PARAMETER.lastIndex = at;
    const [whole, name = "", quoted = ""] = PARAMETER.exec(text) ?? [];
    if (whole === undefined) break;
    at += whole.length;
    const value = quoted.startsWith('"') ? quoted.slice(1, -1).replace(ESCAPED, "$1") : quoted;
    const key = name.toLowerCase();
    // A duplicate is allowed if both values are equal.
    if ((written.get(key) ?? value) !== value) return undefined;
    written.set(key, value);
  }
  // A trailing semicolon is allowed.
  return REST.test(text.slice(at)) ? { type: type.toLowerCase(), parameters: joinPieces(written) } : undefined;
}

/** Formats a media type with its parameters sorted: Go's `mime.FormatMediaType`. */
export function formatMediaType({ type, parameters }: MediaType): string {
  const sorted = [...parameters].sort(([a], [b]) => (a < b ? -1 : 1));
  return [type, ...sorted.map(([name, value]) => `${name}${valueText(value)}`)].join("; ");
}

function valueText(value: string): string {
  if (/[^\t\x20-\x7e]/.test(value)) return `*=utf-8''${value.replace(/[^!#$&+\-.^_`{|}~0-9A-Za-z]/g, percentEncoded)}`;
  return `=${WHOLE_TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`;
}

/** Joins parameters that are split into pieces (`name*0`, `name*1` and so on) or encoded (RFC 2231). */
function joinPieces(written: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const whole = new Map([...written].filter(([name]) => !name.includes("*")));
  const pieced = new Set([...written.keys()].filter((name) => name.includes("*")).map((name) => name.slice(0, name.indexOf("*"))));
  for (const name of pieced) {
    const single = written.get(`${name}*`);
    const value = single === undefined ? piecesOf(name, written) : decodeExtended(single);
    if (value !== undefined) whole.set(name, value);
  }
  return whole;
}

function piecesOf(name: string, written: ReadonlyMap<string, string>): string | undefined {
  let value: string | undefined;
  for (let number = 0; ; number++) {
    const plain = written.get(`${name}*${number}`);
    const encoded = written.get(`${name}*${number}*`);
    if (plain === undefined && encoded === undefined) return value;
    value = (value ?? "") + (plain ?? (number === 0 ? decodeExtended(encoded ?? "") : percentDecoded(encoded ?? "")) ?? "");
  }
}

/** Decodes `charset'language'escaped`; undefined for an unsupported charset or none. */
function decodeExtended(text: string): string | undefined {
  const rest = /^(?:us-ascii|utf-8)'[^']*'(.*)$/is.exec(text)?.[1];
  return rest === undefined ? undefined : percentDecoded(rest);
}
