import { contentLength, type Framing, type Headers, headerOf, LOOSE_NAME, parseFields, valuesOf } from "./header-fields.ts";

export interface ResponseHead {
  readonly status: number;
  readonly minor: 0 | 1;
  readonly headers: Headers;
}

const NONE: Framing = { kind: "length", length: 0 };

/** Parses a response's head by the rules of Go's client; undefined if it is invalid. */
export function parseResponseHead(text: string): ResponseHead | undefined {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const found = /^HTTP\/(\d)\.(\d) +(\d{3}|\+\d\d)(?: |$)/.exec(first);
  const headers = parseFields(lines, LOOSE_NAME);
  if (found === null || typeof headers === "string") return undefined;
  const [, major, minor, status] = found;
  const isOld = `${major}.${minor}` < "1.1" && `${major}.${minor}` !== "0.0";
  return { status: Number(status), minor: isOld ? 0 : 1, headers };
}

/** Returns the framing of a response to a method by the rules of Go's client; undefined if it is invalid or ambiguous. */
export function responseFraming({ status, minor, headers }: ResponseHead, method: string): Framing | undefined {
  // HTTP/1.0 has no transfer codings.
  const codings = minor === 0 ? [] : valuesOf(headers, "transfer-encoding");
  if (codings.length > 1 || codings.some((each) => each.toLowerCase() !== "chunked")) return undefined;
  const lengths = valuesOf(headers, "content-length");
  const length = contentLength(lengths);
  if (length === undefined) return undefined;
  if (status === 101 && switchesProtocol(headers)) return { kind: "until-end" };
  if (method === "HEAD" || status === 204 || status === 304 || (status >= 100 && status < 200)) return NONE;
  if (codings.length > 0) return { kind: "chunked" };
  return lengths.length === 0 ? { kind: "until-end" } : { kind: "length", length };
}

function switchesProtocol(headers: Headers): boolean {
  return (
    (headerOf(headers, "upgrade") ?? "") !== "" &&
    valuesOf(headers, "connection").some((value) => /(^|,)[ \t]*upgrade[ \t]*(,|$)/i.test(value))
  );
}
