import { percentDecoded, percentEncoded } from "./bytes.ts";

/** A media type with its parameters, as Go's `mime` has it: type and names in lower case. Each character is a byte. */
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

/** Reads a media type; undefined for what Go's `mime.ParseMediaType` refuses. */
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
    // Said twice is allowed where both times say the same.
    if ((written.get(key) ?? value) !== value) return undefined;
    written.set(key, value);
  }
  // One semicolon at the end is allowed.
  return REST.test(text.slice(at)) ? { type: type.toLowerCase(), parameters: joined(written) } : undefined;
}

/** Writes a media type with its parameters in order: Go's `mime.FormatMediaType`. */
export function formatMediaType({ type, parameters }: MediaType): string {
  const sorted = [...parameters].sort(([a], [b]) => (a < b ? -1 : 1));
  return [type, ...sorted.map(([name, value]) => `${name}${valueText(value)}`)].join("; ");
}

function valueText(value: string): string {
  if (/[^\t\x20-\x7e]/.test(value)) return `*=utf-8''${value.replace(/[^!#$&+\-.^_`{|}~0-9A-Za-z]/g, percentEncoded)}`;
  return `=${WHOLE_TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`;
}

/** The parameters with those that are written in pieces put together: `name*0`, `name*1` and so on, or encoded (RFC 2231). */
function joined(written: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const whole = new Map([...written].filter(([name]) => !name.includes("*")));
  const pieced = new Set([...written.keys()].filter((name) => name.includes("*")).map((name) => name.slice(0, name.indexOf("*"))));
  for (const name of pieced) {
    const single = written.get(`${name}*`);
    const value = single === undefined ? piecesOf(name, written) : decoded(single);
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
    value = (value ?? "") + (plain ?? (number === 0 ? decoded(encoded ?? "") : percentDecoded(encoded ?? "")) ?? "");
  }
}

/** The value of `charset'language'escaped`; undefined for another charset or without one. */
function decoded(text: string): string | undefined {
  const rest = /^(?:us-ascii|utf-8)'[^']*'(.*)$/is.exec(text)?.[1];
  return rest === undefined ? undefined : percentDecoded(rest);
}
