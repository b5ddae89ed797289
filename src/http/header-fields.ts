/** Header fields in the order and spelling they came in; bytes above ASCII are Latin-1. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** Where a message's body ends. */
export type Framing =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  /** With the connection; responses only. */
  | { readonly kind: "until-end" };

/** The name of a field, and a method. */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Go's client accepts blanks in a field's name, which it then does not know. */
export const LOOSE_NAME = /^[ !#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const AROUND = /^[ \t]+|[ \t]+$/g;
/** The longest body that a head can announce. */
const LONGEST = 2n ** 63n - 1n;

/** Returns the value of the first field of a name. */
export function headerOf(headers: Headers, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** Returns the values of all fields of a name, which is in lower case. */
export function valuesOf(headers: Headers, name: string): readonly string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}

/** Reads the lines of fields, whose names have a form; a text is the reason to refuse them. */
export function parseFields(lines: readonly string[], names: RegExp): Headers | string {
  const headers: [string, string][] = [];
  for (const line of lines) {
    // A line that begins with a blank continues the one before.
    const last = /^[ \t]/.test(line) ? headers.at(-1) : undefined;
    const at = line.indexOf(":");
    if (last === undefined && (at < 1 || /^[ \t]/.test(line))) return "Bad Request: malformed MIME header line";
    const name = last?.[0] ?? line.slice(0, at);
    const value =
      last === undefined ? line.slice(at + 1).replace(AROUND, "") : `${last[1]} ${line.replace(AROUND, "")}`.replace(AROUND, "");
    if (!names.test(name)) return "Bad Request: invalid header name";
    if (!VALUE.test(value)) return "Bad Request: invalid header value";
    if (last === undefined) headers.push([name, value]);
    else last[1] = value;
  }
  return headers;
}

/** Returns whether the fields behind a chunked body can be read. */
export function areTrailers(lines: readonly string[]): boolean {
  return typeof parseFields(lines, LOOSE_NAME) !== "string";
}

/** Returns the length that fields announce, 0 without any; undefined where it is unreadable or ambiguous. */
export function contentLength(lengths: readonly string[]): number | undefined {
  if (lengths.some((each) => !/^\d+$/.test(each) || BigInt(each) > LONGEST || each !== lengths[0])) return undefined;
  return Number(lengths[0] ?? 0);
}
