import type { BodyReader } from "../../http/body-reader.ts";
import { type Request, receiveResponse, requestBytes } from "../../http/client-connection.ts";
import type { ResponseHead } from "../../http/message-head.ts";
import type { ByteStream } from "./byte-stream.ts";
import { connect, type Destination, timedOut } from "./connect.ts";
import { http2Request } from "./http2/request.ts";
import { freeSpare } from "./pieces.ts";

/** A request and its destination; redirects in HTTP/2 answers are repeated over HTTP/1.1. */
export interface Call extends Destination, Request {}

export interface Answer extends ResponseHead {
  /** @throws Error when the body ends too early or the signal is aborted */
  readonly body: AsyncGenerator<Buffer>;
  readonly cut: () => void;
}

/**
 * Sends one request and waits for the head of its answer; the connection is not reused. It uses sockets because the HTTP client of the
 * runtime takes no source address, changes headers and targets, and follows proxies set in the environment. @throws Error when there is no
 * answer or the signal is aborted
 */
export async function call(request: Call): Promise<Answer> {
  const stream = await connect(request);
  const cut = () => stream.cut();
  request.signal.addEventListener("abort", cut, { once: true });
  stream.whenClosed = () => request.signal.removeEventListener("abort", cut);
  try {
    if (stream.protocol() === "h2") return await callHttp2(stream, request);
    await stream.write(requestBytes(request));
    const { head, body } = await stream.next((received, isAtEnd) => receiveResponse(received, isAtEnd, request.method));
    return { ...head, body: piecesOf(body, stream, request.signal), cut };
  } catch (error) {
    stream.cut();
    throw request.signal.aborted ? timedOut(request.signal) : error;
  }
}

/** Sends the request over HTTP/2. */
async function callHttp2(stream: ByteStream, request: Call): Promise<Answer> {
  const { status, body } = await http2Request(stream, request);
  stream.cut();
  // The target of a redirect is Huffman-coded, which is not decoded here; HTTP/1.1 has it as text.
  const plain = status >= 300 && status < 400 ? await call({ ...request, http2: false }).catch(() => undefined) : undefined;
  if (plain?.status === status) return plain;
  plain?.cut();
  return { status, minor: 1, headers: [], body: only(body), cut: () => stream.cut() };
}

async function* only(piece: Buffer): AsyncGenerator<Buffer> {
  yield piece;
}

/** Yields the pieces of a body on demand. @throws Error when it ends too early, cannot be parsed or is aborted */
async function* piecesOf(body: BodyReader, stream: ByteStream, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for (let piece = await stream.next(body.next); piece !== "end"; piece = await stream.next(body.next)) yield piece;
    if (signal.aborted) throw timedOut(signal);
  } catch (error) {
    throw signal.aborted ? timedOut(signal) : error;
  } finally {
    stream.cut();
    freeSpare();
  }
}

/** Returns the whole body as text. @throws Error when it ends too early or exceeds the limit, in bytes */
export async function textOf(answer: Answer, limit = 64 * 1_048_576): Promise<string> {
  return (await bytesOf(answer, limit)).toString("utf8");
}

/** Returns the whole body as bytes. @throws Error as `textOf` */
export async function bytesOf(answer: Answer, limit = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of answer.body) {
    size += piece.length;
    if (size > limit) throw new Error(`The response is longer than ${limit} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** Bytes within which the mark is searched: the arguments of Envoy, which come before it, have 2 MiB at most. */
const MARK_WITHIN = 4 * 1_048_576;
/** Memory from this size on is no part of the runtime's pool of short buffers. */
const UNSHARED = 65_536;

/**
 * Returns the body as text up to a mark, or all of it without one. What follows is not received, and the memory of a long answer is freed
 * at once: until a collection, repeated requests would each leave theirs. @throws Error when the body ends too early, or is too long without the mark
 */
export async function textBefore(answer: Answer, mark: string): Promise<string> {
  let read: Buffer = Buffer.alloc(0);
  for await (const piece of answer.body) {
    read = read.length === 0 ? piece : Buffer.concat([read, piece]);
    const end = read.indexOf(mark);
    if (end >= 0) {
      const text = read.toString("utf8", 0, end);
      answer.cut();
      if (read.buffer instanceof ArrayBuffer && read.buffer.byteLength >= UNSHARED) read.buffer.transfer(0);
      return text;
    }
    if (read.length > MARK_WITHIN) throw new Error(`The response is longer than ${MARK_WITHIN} bytes`);
  }
  return read.toString("utf8");
}
