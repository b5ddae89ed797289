import { type BodyReader, bodyReader } from "./body-reader.ts";
import type { Framing, Headers } from "./header-fields.ts";
import { MalformedBody } from "./malformed-body.ts";
import { type ReceiveBuffer, takeHead } from "./receive-buffer.ts";
import { reasonPhrase } from "./reply.ts";
import { closesAfter, expectationOf, parseRequestHead, type Refusal, type RequestHead, requestFraming } from "./request-head.ts";

// The server's side of an HTTP/1 connection, as in h11 but with a type for each state: what is not allowed in it does not compile.
//
//   idle ── receiveRequest ─→ answering ── startAnswer ─→ sending ── afterAnswer ─→ discarding ── discard ─→ idle
//                 ├─→ refused                                             └─→ closed        └─→ closed
//                 └─→ closed

/** A request has come, and its answer is the next thing to send. */
export interface Answering {
  readonly state: "answering";
  readonly request: RequestHead;
  readonly framing: Framing;
  /** Whether the connection ends after the answer. */
  readonly closes: boolean;
}

/** What has come is no request that can be answered; a refusal is sent and the connection ends. */
export interface Refused {
  readonly state: "refused";
  readonly refusal: Refusal;
}

/** Nothing more is read; only the end of the connection may follow. */
export interface Closed {
  readonly state: "closed";
}

/** The head of an answer is on its way, and its body follows. */
export interface Sending {
  readonly state: "sending";
  readonly head: Buffer;
  readonly body: "none" | "plain" | "chunked";
  readonly framing: Framing;
  readonly closes: boolean;
}

/** The answer is sent; what is left of the request's body is read and thrown away. */
export interface Discarding {
  readonly state: "discarding";
  readonly body: BodyReader;
  /** Most bytes that are thrown away; a longer body ends the connection. */
  left: number;
}

const CLOSED: Closed = { state: "closed" };
/** What ends a chunked body. */
export const LAST_CHUNK = "0\r\n\r\n";
export const CHUNK_END = "\r\n";

/** Returns what goes in front of a chunk of so many bytes. */
export function chunkStart(length: number): string {
  return `${length.toString(16)}\r\n`;
}

/** Most bytes of a request's head, and of a body that is thrown away. */
export interface RequestLimits {
  readonly head: number;
  readonly body: number;
}

/** Takes the next request's head out of what has come; undefined where more has to come first. */
export function receiveRequest(received: ReceiveBuffer, isAtEnd: boolean, limits: RequestLimits): Answering | Refused | Closed | undefined {
  const head = takeHead(received, limits.head);
  if (head === undefined) return isAtEnd ? CLOSED : undefined;
  if (head === "long") return refused(431, "Request Header Fields Too Large");
  const request = parseRequestHead(head.toString("latin1").replace(/\r?\n$/, ""));
  if ("reason" in request) return { state: "refused", refusal: request };
  const framing = requestFraming(request);
  if ("reason" in framing) return { state: "refused", refusal: framing };
  const expectation = expectationOf(request);
  if (expectation === "unknown") return refused(417, "");
  // No body is ever asked for, and what a caller holds back does not come.
  const holdsBack = expectation === "continue" && request.minor === 1 && (framing.kind !== "length" || framing.length > 0);
  const isLong = framing.kind === "length" && framing.length > limits.body;
  return { state: "answering", request, framing, closes: closesAfter(request) || holdsBack || isLong };
}

function refused(status: number, reason: string): Refused {
  return { state: "refused", refusal: { status, reason } };
}

/** Returns the answer that refuses what has come. A reason goes out as its text, in the form of Go's server. `date` is an IMF-fixdate. */
export function refusalBytes({ refusal: { status, reason } }: Refused, date: string): string {
  const line = `${status} ${reasonPhrase(status)}`;
  return reason === ""
    ? `HTTP/1.1 ${line}\r\nConnection: close\r\nDate: ${date}\r\nContent-Length: 0\r\n\r\n`
    : `HTTP/1.1 ${line}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status} ${reason}`;
}

/** Begins an answer; without a length its body comes in pieces, and ends with the connection where the peer knows no chunks. */
export function startAnswer(
  { request, framing, closes: closesAnyway }: Answering,
  { status, headers }: { readonly status: number; readonly headers: Headers },
  length: number | undefined,
  date: string,
): Sending {
  const isBodiless = status === 204 || status === 304 || status < 200;
  const isChunked = length === undefined && request.minor === 1;
  const closes = closesAnyway || (length === undefined && !isChunked);
  const lines = [
    `HTTP/1.1 ${status} ${reasonPhrase(status)}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    `Date: ${date}`,
    ...(isBodiless ? [] : length !== undefined ? [`Content-Length: ${length}`] : isChunked ? ["Transfer-Encoding: chunked"] : []),
    ...(closes ? ["Connection: close"] : request.minor === 0 ? ["Connection: keep-alive"] : []),
  ];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  const body = isBodiless || request.method === "HEAD" ? "none" : isChunked ? "chunked" : "plain";
  return { state: "sending", head, body, framing, closes };
}

/** What follows an answer that was sent whole. */
export function afterAnswer({ framing, closes }: Sending, bodyLimit: number): Discarding | Closed {
  return closes ? CLOSED : { state: "discarding", body: bodyReader(framing), left: bodyLimit };
}

/** Throws away what has come of a request's body; undefined where more of it has to come first. */
export function discard(discarding: Discarding, received: ReceiveBuffer, isAtEnd: boolean): "idle" | "closed" | undefined {
  try {
    for (;;) {
      const piece = discarding.body.next(received, isAtEnd);
      if (piece === undefined) return undefined;
      if (piece === "end") return "idle";
      discarding.left -= piece.length;
      if (discarding.left < 0) return "closed";
    }
  } catch (error) {
    if (error instanceof MalformedBody) return "closed";
    throw error;
  }
}
