import { type BodyReader, bodyReader, MalformedBody } from "./body-reader.ts";
import { type Framing, type Headers, headerOf, type ParsedRequest, parseRequest, type Refusal } from "./message-head.ts";
import { type ReceiveBuffer, takeHead } from "./receive-buffer.ts";
import { reasonPhrase } from "./reply.ts";

// The server side of an HTTP/1 connection, as in h11 but with one type per state: an action that a state does not allow does not compile.
//
//   idle ── receiveRequest ─→ responding ── startResponse ─→ sending ── finishResponse ─→ discarding ── discard ─→ idle
//                 ├─→ refused                                                └─→ closed           └─→ closed
//                 └─→ closed

/** A request was received and its response must be sent next. */
export interface Responding extends ParsedRequest {
  readonly state: "responding";
}

/** The request is invalid; a refusal is sent and the connection closes. */
export interface Refused {
  readonly state: "refused";
  readonly refusal: Refusal;
}

/** Nothing more is read; the connection must be closed. */
export interface Closed {
  readonly state: "closed";
}

/** The head of a response was sent and its body follows. */
export interface Sending {
  readonly state: "sending";
  readonly head: Buffer;
  readonly body: "none" | "plain" | "chunked";
  readonly framing: Framing;
  readonly closes: boolean;
}

/** The response was sent; the rest of the request's body is discarded. */
export interface Discarding {
  readonly state: "discarding";
  readonly body: BodyReader;
  /** Maximum number of bytes to discard; a longer body closes the connection. */
  left: number;
}

const CLOSED: Closed = { state: "closed" };
/** The end of a chunked body. */
export const LAST_CHUNK = "0\r\n\r\n";
export const CHUNK_END = "\r\n";

/** Returns the line before a chunk of a length. */
export function chunkStart(length: number): string {
  return `${length.toString(16)}\r\n`;
}

/** Maximum size of a request's head, and of a body that is discarded. */
export interface RequestLimits {
  readonly head: number;
  readonly body: number;
}

/** Reads the next request's head; undefined if more bytes are needed. */
export function receiveRequest(
  received: ReceiveBuffer,
  isAtEnd: boolean,
  limits: RequestLimits,
): Responding | Refused | Closed | undefined {
  const head = takeHead(received, limits.head);
  if (head === undefined) return isAtEnd ? CLOSED : undefined;
  if (head === "long") return { state: "refused", refusal: { status: 431, reason: "Request Header Fields Too Large" } };
  const parsed = parseRequest(head.toString("latin1").replace(/\r?\n$/, ""));
  if ("reason" in parsed) return { state: "refused", refusal: parsed };
  const isTooLong = parsed.framing.kind === "length" && parsed.framing.length > limits.body;
  return { state: "responding", ...parsed, closes: parsed.closes || isTooLong };
}

/** Returns the response to a refused request, in the format of Go's server. `date` is an IMF-fixdate. */
export function refusalBytes({ refusal: { status, reason } }: Refused, date: string): string {
  const line = `${status} ${reasonPhrase(status)}`;
  return reason === ""
    ? `HTTP/1.1 ${line}\r\nConnection: close\r\nDate: ${date}\r\nContent-Length: 0\r\n\r\n`
    : `HTTP/1.1 ${line}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status} ${reason}`;
}

/** Starts a response. Without a length its body is chunked, or ends with the connection if the peer does not support chunks. */
export function startResponse(
  { request, framing, closes: closesAnyway }: Responding,
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

/** Returns the state after a response was sent completely. */
export function finishResponse({ framing, closes }: Sending, bodyLimit: number): Discarding | Closed {
  return closes ? CLOSED : { state: "discarding", body: bodyReader(framing), left: bodyLimit };
}

/** Discards received bytes of a request's body; undefined if more bytes are needed. */
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

export type Encoding = "gzip" | "zstd";

/** Returns the compression a caller prefers; zstd if both are equal (contract 1.30 §10). */
export function encodingFor(headers: Headers): Encoding | undefined {
  const qualities = new Map((headerOf(headers, "accept-encoding") ?? "").split(",").map(parseQuality));
  const gzip = qualities.get("gzip") ?? 0;
  const zstd = qualities.get("zstd") ?? 0;
  if (zstd > 0 && zstd >= gzip) return "zstd";
  return gzip > 0 ? "gzip" : undefined;
}

function parseQuality(item: string): readonly [string, number] {
  const [name = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
  const quality = parameters.find((each) => each.startsWith("q="));
  const value = quality === undefined ? 1 : Number(quality.slice(2));
  return [name, Number.isNaN(value) ? 0 : value];
}
