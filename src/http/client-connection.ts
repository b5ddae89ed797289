import { type BodyReader, bodyReader } from "./body-reader.ts";
import type { Headers } from "./message-head.ts";
import { parseResponseHead, type ResponseHead, responseFraming } from "./message-head.ts";
import { type ReceiveBuffer, takeHead } from "./receive-buffer.ts";

// The client side of an HTTP/1 connection that carries one request: send requestBytes, then receiveResponse, then read the body.

/** A request to a server. */
export interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
  readonly body?: string;
}

/** The head of a response and the reader of its body. */
export interface IncomingResponse {
  readonly head: ResponseHead;
  readonly body: BodyReader;
}

/** Maximum size of a response's head, as in Go's client. */
const HEAD_LIMIT = 10 * 1_048_576;
/** How every response begins. */
const START = "HTTP/";
const NOT_HTTP = "The response is not HTTP";
/** Methods for which Go's client sends a Content-Length of 0 without a body. */
const METHODS_WITH_BODY: readonly string[] = ["POST", "PUT", "PATCH"];

/** Returns the bytes of a request; the server closes the connection after it. */
export function requestBytes({ method, target, headers, body = "" }: Request): Buffer {
  const length = body === "" && !METHODS_WITH_BODY.includes(method) ? [] : [["Content-Length", String(Buffer.byteLength(body))] as const];
  const lines = [...headers, ...length, ["Connection", "close"] as const].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), Buffer.from(body)]);
}

/**
 * Reads the head of the response to a method; skips informational responses. Returns undefined if more bytes are needed.
 * @throws Error if the connection ends early, the response is not HTTP, or its body length is invalid
 */
export function receiveResponse(received: ReceiveBuffer, isAtEnd: boolean, method: string): IncomingResponse | undefined {
  for (;;) {
    const bytes = takeHead(received, HEAD_LIMIT);
    if (bytes === undefined && !beginsAsHttp(received)) throw new Error(NOT_HTTP);
    if (bytes === undefined && !isAtEnd) return undefined;
    if (bytes === undefined || bytes === "long") throw new Error("The connection was closed without a response");
    const head = parseResponseHead(bytes.toString("latin1").replace(/\r?\n$/, ""));
    if (head === undefined) throw new Error(NOT_HTTP);
    if (head.status >= 100 && head.status < 200 && head.status !== 101) continue;
    const framing = responseFraming(head, method);
    if (framing === undefined) throw new Error("The response has an invalid length");
    return { head, body: bodyReader(framing) };
  }
}

/** Reports whether what has come may be the start of a response. An empty line before it is not complete without its line feed. */
function beginsAsHttp({ bytes }: ReceiveBuffer): boolean {
  const start = bytes.toString("latin1", 0, START.length);
  return START.startsWith(start) || start === "\r";
}
