import { type BodyReader, bodyReader } from "./body-reader.ts";
import type { Headers } from "./header-fields.ts";
import { type ReceiveBuffer, takeHead } from "./receive-buffer.ts";
import { parseResponseHead, type ResponseHead, responseFraming } from "./response-head.ts";

// The client's side of an HTTP/1 connection, which carries one request: send requestBytes, then receiveAnswer, then read its body.

/** What is asked of a server. */
export interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
  readonly body?: string;
}

/** The head of an answer, and what reads its body. */
export interface Receiving {
  readonly head: ResponseHead;
  readonly body: BodyReader;
}

/** Most bytes of an answer's head, as Go's client has it. */
const HEAD_LIMIT = 10 * 1_048_576;
/** Methods that say so when they have no body, as Go's client does. */
const WITH_BODY: readonly string[] = ["POST", "PUT", "PATCH"];

/** Returns the bytes of a request, after which the connection ends. */
export function requestBytes({ method, target, headers, body = "" }: Request): Buffer {
  const length = body === "" && !WITH_BODY.includes(method) ? [] : [["Content-Length", String(Buffer.byteLength(body))] as const];
  const lines = [...headers, ...length, ["Connection", "close"] as const].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), Buffer.from(body)]);
}

/**
 * Takes the head of the answer to a method out of what has come; provisional ones are passed over. Undefined where more has to come
 * first. @throws Error when the connection ends without one, it is not HTTP, or the length of its body is unreadable
 */
export function receiveAnswer(received: ReceiveBuffer, isAtEnd: boolean, method: string): Receiving | undefined {
  for (;;) {
    const bytes = takeHead(received, HEAD_LIMIT);
    if (bytes === undefined && !isAtEnd) return undefined;
    if (bytes === undefined || bytes === "long") throw new Error("The connection was closed without a response");
    const head = parseResponseHead(bytes.toString("latin1").replace(/\r?\n$/, ""));
    if (head === undefined) throw new Error("The response is not HTTP");
    if (head.status >= 100 && head.status < 200 && head.status !== 101) continue;
    const framing = responseFraming(head, method);
    if (framing === undefined) throw new Error("The response has an invalid length");
    return { head, body: bodyReader(framing) };
  }
}
