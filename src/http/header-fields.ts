/** Header fields in their original order and case; bytes above ASCII are Latin-1. */
export type Headers = readonly (readonly [name: string, value: string])[];

/** How the end of a message's body is determined. */
export type Framing =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  /** The body ends with the connection; responses only. */
  | { readonly kind: "until-end" };

/** A field name or method. */
export const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** Go's client accepts field names with blanks, but does not recognize them. */
export const LOOSE_NAME = /^[ !#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
const SURROUNDING_BLANKS = /^[ \t]+|[ \t]+$/g;
/** The largest allowed Content-Length. */
const MAX_LENGTH = 2n ** 63n - 1n;

/** Reports whether a value can be sent as that of a field. */
export function isFieldValue(value: string): boolean {
  return VALUE.test(value);
}

/** Returns the value of the first field with a name. */
export function headerOf(headers: Headers, name: string): string | undefined {
  return headers.find(([each]) => each.toLowerCase() === name)?.[1];
}

/** Returns the values of all fields with a name, given in lower case. */
export function valuesOf(headers: Headers, name: string): readonly string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}

/** Parses field lines whose names match a pattern; returns a text with the reason if they are invalid. */
export function parseFields(lines: readonly string[], names: RegExp): Headers | string {
  const headers: [string, string][] = [];
  for (const line of lines) {
    // A line that starts with a blank continues the previous one.
    const last = /^[ \t]/.test(line) ? headers.at(-1) : undefined;
    const at = line.indexOf(":");
    if (last === undefined && (at < 1 || /^[ \t]/.test(line))) return "Bad Request: malformed MIME header line";
    const name = last?.[0] ?? line.slice(0, at);
    const value =
      last === undefined
        ? line.slice(at + 1).replace(SURROUNDING_BLANKS, "")
        : `${last[1]} ${line.replace(SURROUNDING_BLANKS, "")}`.replace(SURROUNDING_BLANKS, "");
    if (!names.test(name)) return "Bad Request: invalid header name";
    if (!VALUE.test(value)) return "Bad Request: invalid header value";
    if (last === undefined) headers.push([name, value]);
    else last[1] = value;
  }
  return headers;
}

/** Returns whether the trailers of a chunked body are valid. */
export function areValidTrailers(lines: readonly string[]): boolean {
  return typeof parseFields(lines, LOOSE_NAME) !== "string";
}

/** Returns the length given by Content-Length fields, 0 without any; undefined if it is invalid or ambiguous. */
export function contentLength(lengths: readonly string[]): number | undefined {
  if (lengths.some((each) => !/^\d+$/.test(each) || BigInt(each) > MAX_LENGTH || each !== lengths[0])) return undefined;
  return Number(lengths[0] ?? 0);
}
