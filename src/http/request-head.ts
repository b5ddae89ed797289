import { contentLength, type Framing, type Headers, headerOf, parseFields, TOKEN, valuesOf } from "./header-fields.ts";

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
