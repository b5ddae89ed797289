import { type BodyReader, bodyReader } from "./body-reader.ts";
import { responseFraming } from "./framing.ts";
import { type Headers, parseResponseHead, type ResponseHead } from "./message-head.ts";

// The client's side of an HTTP/1 connection, which carries one request: idle ── requestBytes ─→ waiting ── receiveHead ─→ receiving.

/** What is asked of a server. */
export interface Request {
  readonly method: string;
  readonly target: string;
  readonly headers: Headers;
  readonly body?: string;
}

/** The request is sent, and the head of its answer comes next. */
export interface Waiting {
  readonly state: "waiting";
}

/** The answer's head has come, and its body follows. */
export interface Receiving {
  readonly state: "receiving";
  readonly head: ResponseHead;
  readonly body: BodyReader;
}

const WAITING: Waiting = { state: "waiting" };
/** Methods that say so when they have no body, as Go's client does. */
const WITH_BODY: readonly string[] = ["POST", "PUT", "PATCH"];

/** Returns the bytes of a request, after which the connection ends. */
export function requestBytes({ method, target, headers, body = "" }: Request): Buffer {
  const length = body === "" && !WITH_BODY.includes(method) ? [] : [["Content-Length", String(Buffer.byteLength(body))] as const];
  const lines = [...headers, ...length, ["Connection", "close"] as const].map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), Buffer.from(body)]);
}

/**
 * Reads a head of the answer to a method: its bytes, "long" for one beyond the limit, undefined when the peer has no more. After a
 * provisional one the next comes. @throws Error when it is none, or its body has no readable end
 */
export function receiveHead(bytes: Buffer | "long" | undefined, method: string): Waiting | Receiving {
  if (bytes === undefined || bytes === "long") throw new Error("The connection was closed without an answer");
  const head = parseResponseHead(bytes.toString("latin1").replace(/\r?\n$/, ""));
  if (head === undefined) throw new Error("The answer is not HTTP");
  if (head.status >= 100 && head.status < 200 && head.status !== 101) return WAITING;
  const framing = responseFraming(head, method);
  if (framing === undefined) throw new Error("The answer has an unreadable length");
  return { state: "receiving", head, body: bodyReader(framing) };
}
