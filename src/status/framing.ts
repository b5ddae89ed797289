import { type Headers, headerOf, type Refusal, type RequestHead, type ResponseHead } from "./message-head.ts";

/** Where a message's body ends. */
export type Framing =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  /** With the connection; responses only. */
  | { readonly kind: "until-end" };

const NONE: Framing = { kind: "length", length: 0 };

/** The body of a request. What could be read in two ways is refused, so that nothing can be smuggled. */
export function requestFraming({ headers, minor }: RequestHead): Framing | Refusal {
  const coding = codingsOf(headers);
  const lengths = lengthsOf(headers);
  if (coding.length > 0) {
    if (coding.length > 1 || coding[0] !== "chunked") return { status: 501, reason: "Not Implemented: unsupported transfer encoding" };
    return lengths.length > 0 || minor === 0 ? { status: 400, reason: "Bad Request" } : { kind: "chunked" };
  }
  const length = lengthOf(lengths);
  return length === undefined ? { status: 400, reason: "Bad Request" } : { kind: "length", length };
}

/** The body of a response to a method; undefined when its length cannot be read. */
export function responseFraming({ status, headers }: ResponseHead, method: string): Framing | undefined {
  if (method === "HEAD" || status === 204 || status === 304 || status < 200) return NONE;
  const coding = codingsOf(headers);
  if (coding.length > 0) return coding.at(-1) === "chunked" ? { kind: "chunked" } : { kind: "until-end" };
  const lengths = lengthsOf(headers);
  if (lengths.length === 0) return { kind: "until-end" };
  const length = lengthOf(lengths);
  return length === undefined ? undefined : { kind: "length", length };
}

/** Whether the connection ends after this message. */
export function closesAfter({ headers, minor }: { readonly headers: Headers; readonly minor: 0 | 1 }): boolean {
  const words = (headerOf(headers, "connection") ?? "").toLowerCase().split(/\s*,\s*/);
  return words.includes("close") || (minor === 0 && !words.includes("keep-alive"));
}

/** The length a chunk's first line states; undefined when it states none. */
export function chunkLength(line: string): number | undefined {
  const found = /^([0-9a-fA-F]{1,8})[ \t]*(?:;.*)?$/.exec(line);
  return found === null ? undefined : Number.parseInt(found[1] ?? "", 16);
}

function codingsOf(headers: Headers): readonly string[] {
  return valuesOf(headers, "transfer-encoding").flatMap((value) => value.toLowerCase().split(/\s*,\s*/));
}

function lengthsOf(headers: Headers): readonly string[] {
  return valuesOf(headers, "content-length");
}

function lengthOf(lengths: readonly string[]): number | undefined {
  if (lengths.some((each) => !/^\d{1,15}$/.test(each) || each !== lengths[0])) return undefined;
  return Number(lengths[0] ?? 0);
}

function valuesOf(headers: Headers, name: string): readonly string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}
