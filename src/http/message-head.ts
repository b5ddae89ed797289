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

export interface RequestHead {
  readonly method: string;
  /** As sent: origin form, absolute form or `*`. */
  readonly target: string;
  readonly minor: 0 | 1;
  readonly headers: Headers;
}

/** Why a message is refused: the status and the text of the response. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** A request's head, and what it says about the body and the connection. */
export interface ParsedRequest {
  readonly request: RequestHead;
  readonly framing: Framing;
  /** Whether the connection closes after the response. */
  readonly closes: boolean;
}

const HOST = /^[!$%&'()*+,\-.:;=@[\]_~0-9A-Za-z]*$/;

/** Parses a request's head, without the empty line, by the rules of Go's server. Invalid input returns a refusal and never throws. */
export function parseRequest(text: string): ParsedRequest | Refusal {
  const request = parseHead(text);
  if ("reason" in request) return request;
  const framing = framingOf(request);
  if ("reason" in framing) return framing;
  const expectation = expectationOf(request);
  if (expectation === "unknown") return refusal(417, "");
  // The server never sends 100 Continue, so a body the caller holds back will not arrive.
  const awaitsContinue = expectation === "continue" && request.minor === 1 && (framing.kind !== "length" || framing.length > 0);
  return { request, framing, closes: closesAfter(request) || awaitsContinue };
}

function parseHead(text: string): RequestHead | Refusal {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const [method = "", target = "", version = "", ...rest] = first.split(" ");
  if (!TOKEN.test(method) || target === "" || rest.length > 0) return refusal(400);
  const minor = /^HTTP\/(\d)\.(\d)$/.exec(version);
  if (minor === null) return refusal(400);
  if (minor[1] !== "1") return refusal(505, "HTTP Version Not Supported: unsupported protocol version");
  const headers = parseFields(lines, TOKEN);
  if (typeof headers === "string") return refusal(400, headers);
  const hosts = headers.filter(([name]) => name.toLowerCase() === "host");
  if (hosts.length === 0 && minor[2] !== "0") return refusal(400, "Bad Request: missing required Host header");
  if (hosts.length > 1) return refusal(400, "Bad Request: too many Host headers");
  if (!HOST.test(hosts[0]?.[1] ?? "")) return refusal(400, "Bad Request: malformed Host header");
  return { method, target, minor: minor[2] === "0" ? 0 : 1, headers };
}

/** Returns the framing of a request's body. Ambiguous framing is refused to prevent request smuggling. */
function framingOf({ headers, minor }: RequestHead): Framing | Refusal {
  const coding = valuesOf(headers, "transfer-encoding").flatMap((value) => value.toLowerCase().split(/\s*,\s*/));
  const lengths = valuesOf(headers, "content-length");
  if (coding.length > 0) {
    if (coding.length > 1 || coding[0] !== "chunked") return refusal(501, "Not Implemented: unsupported transfer encoding");
    return lengths.length > 0 || minor === 0 ? refusal(400) : { kind: "chunked" };
  }
  const length = contentLength(lengths);
  return length === undefined ? refusal(400) : { kind: "length", length };
}

/** Returns the kind of a request's Expect header: none, 100-continue or unknown. */
function expectationOf({ headers }: RequestHead): "none" | "continue" | "unknown" {
  const value = headerOf(headers, "expect") ?? "";
  if (value === "") return "none";
  return /(?:^|[ ,\t])100-continue(?:$|[ ,\t])/i.test(value) ? "continue" : "unknown";
}

/** Returns whether a request asks to close the connection, as HTTP/1.0 does by default. */
function closesAfter({ headers, minor }: RequestHead): boolean {
  const tokens = (headerOf(headers, "connection") ?? "").toLowerCase().split(/\s*,\s*/);
  return tokens.includes("close") || (minor === 0 && !tokens.includes("keep-alive"));
}

function refusal(status: number, reason = "Bad Request"): Refusal {
  return { status, reason };
}

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
