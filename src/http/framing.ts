import { type Headers, headerOf, type Refusal, type RequestHead, type ResponseHead } from "./message-head.ts";

/** Where a message's body ends. */
export type Framing =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  /** With the connection; responses only. */
  | { readonly kind: "until-end" };

/** The longest body that a head can announce. */
const LONGEST = 2n ** 63n - 1n;
const NONE: Framing = { kind: "length", length: 0 };

/** Returns where a request's body ends. What could be read in two ways is refused, so that nothing can be smuggled. */
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

/** Returns where the body of a response to a method ends, by the rules of Go's client; undefined where that is unreadable or ambiguous. */
export function responseFraming({ status, minor, headers }: ResponseHead, method: string): Framing | undefined {
  // HTTP/1.0 has no codings.
  const codings = minor === 0 ? [] : valuesOf(headers, "transfer-encoding");
  if (codings.length > 1 || codings.some((each) => each.toLowerCase() !== "chunked")) return undefined;
  const lengths = lengthsOf(headers);
  const length = lengthOf(lengths);
  if (length === undefined) return undefined;
  if (status === 101 && switchesProtocol(headers)) return { kind: "until-end" };
  if (method === "HEAD" || status === 204 || status === 304 || (status >= 100 && status < 200)) return NONE;
  if (codings.length > 0) return { kind: "chunked" };
  return lengths.length === 0 ? { kind: "until-end" } : { kind: "length", length };
}

/** Returns what a request expects: nothing, an answer before it sends its body, or something unknown. */
export function expectationOf({ headers }: RequestHead): "none" | "continue" | "unknown" {
  const value = headerOf(headers, "expect") ?? "";
  if (value === "") return "none";
  return /(?:^|[ ,\t])100-continue(?:$|[ ,\t])/i.test(value) ? "continue" : "unknown";
}

/** Returns whether the connection ends after this message. */
export function closesAfter({ headers, minor }: { readonly headers: Headers; readonly minor: 0 | 1 }): boolean {
  const tokens = (headerOf(headers, "connection") ?? "").toLowerCase().split(/\s*,\s*/);
  return tokens.includes("close") || (minor === 0 && !tokens.includes("keep-alive"));
}

function switchesProtocol(headers: Headers): boolean {
  return (
    (headerOf(headers, "upgrade") ?? "") !== "" &&
    valuesOf(headers, "connection").some((value) => /(^|,)[ \t]*upgrade[ \t]*(,|$)/i.test(value))
  );
}

function codingsOf(headers: Headers): readonly string[] {
  return valuesOf(headers, "transfer-encoding").flatMap((value) => value.toLowerCase().split(/\s*,\s*/));
}

function lengthsOf(headers: Headers): readonly string[] {
  return valuesOf(headers, "content-length");
}

function lengthOf(lengths: readonly string[]): number | undefined {
  if (lengths.some((each) => !/^\d+$/.test(each) || BigInt(each) > LONGEST || each !== lengths[0])) return undefined;
  return Number(lengths[0] ?? 0);
}

function valuesOf(headers: Headers, name: string): readonly string[] {
  return headers.filter(([each]) => each.toLowerCase() === name).map(([, value]) => value);
}
