import type { Headers, RequestHead } from "../../http/message-head.ts";
import { errorReply, type Reply } from "../../http/reply.ts";
import {
  type Closed,
  type Discarding,
  discard,
  encodingFor,
  finishResponse,
  type Refused,
  type Responding,
  receiveRequest,
  refusalBytes,
  startResponse,
} from "../../http/server-connection.ts";
import { BrokenStream, type ByteStream, type Step } from "./byte-stream.ts";
import type { Collector } from "./collector.ts";
import type { Limits } from "./limits.ts";
import { sendPieces } from "./send-pieces.ts";
import { transformed } from "./transformed.ts";

/** A connection that a listener has accepted. */
export interface Connection {
  readonly stream: ByteStream;
  /** The peer's address. */
  readonly peer: string;
  /** Whether no request is in progress. */
  isIdle: boolean;
  /** Since when it waits for the first byte of a request, in milliseconds of `performance.now`; undefined while it does not. */
  waitsSince: number | undefined;
}

/** A request to answer. */
export interface Exchange {
  readonly head: RequestHead;
  /** The peer's address. */
  readonly peer: string;
  /** Aborted when the caller has disconnected. */
  readonly disconnected: AbortSignal;
}

/** Answers one request. */
export type Handler = (exchange: Exchange) => Promise<Reply> | Reply;

/** Reports exceptions other than the end of a connection. */
export type ReportBug = (error: unknown) => void;

/** What all connections of a listener share. */
export interface ServerState {
  readonly handler: Handler;
  readonly report: ReportBug;
  readonly limits: Limits;
  readonly collector: Collector;
  /** Number of heads being received. */
  heads: number;
}

/** Garbage of a request, in bytes. */
const REQUEST_GARBAGE = 2_048;
const HEAD_COPIES = 3;
/** Seconds for a peer to read a refusal. */
const REFUSAL_SECONDS = 5;

/** Serves the requests of a connection. While it waits for one, it needs no memory but that of its state. */
export function serveRequests(connection: Connection, server: ServerState): void {
  connection.isIdle = true;
  connection.waitsSince = performance.now();
  connection.stream.limitSilence(0);
  connection.stream.whenReadable(() => void serveNext(connection, server));
}

/** Serves a request that has begun, then those that follow; failures are reported, never thrown. */
async function serveNext(connection: Connection, server: ServerState): Promise<void> {
  const { stream } = connection;
  connection.waitsSince = undefined;
  try {
    if (await serveRequest(connection, server)) return serveRequests(connection, server);
    stream.end();
  } catch (error) {
    stream.cut();
    if (!(error instanceof BrokenStream)) server.report(error);
  }
  if (!stream.isClosed) linger(stream, server.limits.lingerSeconds);
}

/** Gives a peer that reads slowly some time to read its last answer and to close its side. */
function linger(stream: ByteStream, seconds: number): void {
  const late = setTimeout(() => stream.cut(), seconds * 1_000);
  const { whenClosed } = stream;
  stream.whenClosed = () => {
    clearTimeout(late);
    whenClosed();
  };
}

/** Answers the request that has begun; returns whether another may follow. */
async function serveRequest(connection: Connection, server: ServerState): Promise<boolean> {
  const { stream, peer } = connection;
  const { limits } = server;
  const request = await readRequest(connection, server);
  connection.isIdle = false;
  if (request.state === "closed") return false;
  if (request.state === "refused") {
    stream.dropRest();
    stream.limitSilence(REFUSAL_SECONDS);
    await stream.write(refusalBytes(request, new Date().toUTCString()));
    return false;
  }
  const exchange: Exchange = {
    head: request.request,
    peer,
    get disconnected() {
      return stream.closed;
    },
  };
  const reply = await answered(exchange, server);
  stream.limitSilence(limits.writeSeconds);
  const sent = await sendReply(stream, request, reply, limits);
  connection.isIdle = true;
  reply.sent?.();
  if (sent.state === "closed") return false;
  stream.limitSilence(limits.headSeconds);
  return (await stream.next((received, isAtEnd) => discard(sent, received, isAtEnd))) === "idle";
}

/** Reads the head of a request, within the limits of time and size. */
async function readRequest({ stream }: Connection, server: ServerState): Promise<Responding | Refused | Closed> {
  const { limits } = server;
  const headLimit = Math.max(limits.leastHead, Math.min(limits.head, limits.allHeads / (server.heads + 1)));
  let known = 0;
  const receive: Step<Responding | Refused | Closed> = (received, isAtEnd) => {
    const before = received.bytes.length;
    const request = receiveRequest(received, isAtEnd, { head: headLimit, body: limits.body });
    // Of a head in many pieces, each piece leaves garbage; then it is held as bytes, as text and as fields.
    const left = request === undefined ? before - known : REQUEST_GARBAGE + HEAD_COPIES * (before - received.bytes.length || before);
    known = before;
    server.collector.leave(left);
    return request;
  };
  // Usually all of it is there.
  const whole = receive(stream.received, stream.isAtEnd);
  if (whole !== undefined) return whole;
  // A peer that sends its head slowly is never silent: the whole head has one time limit.
  const late = setTimeout(() => stream.cut(), limits.headSeconds * 1_000);
  server.heads++;
  try {
    return await stream.next(receive);
  } finally {
    server.heads--;
    clearTimeout(late);
  }
}

/** Calls the handler; an exception is answered with 500 and does not end the connection. */
async function answered(exchange: Exchange, { handler, report }: ServerState): Promise<Reply> {
  try {
    return await handler(exchange);
  } catch (error) {
    report(error);
    return errorReply(500, "Internal Server Error");
  }
}

/** Sends the answer to a request; returns the next state of the connection. @throws BrokenStream when the peer has disconnected */
async function sendReply(stream: ByteStream, request: Responding, plain: Reply, limits: Limits): Promise<Discarding | Closed> {
  const reply = limits.compressFrom === undefined ? plain : compressed(plain, request.request.headers, limits.compressFrom);
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  const date = new Date().toUTCString();
  if (body instanceof Uint8Array) {
    const sending = startResponse(request, reply, body.length, date);
    await stream.write(sending.body === "none" ? sending.head : Buffer.concat([sending.head, body]));
    return finishResponse(sending, limits.body);
  }
  const sending = startResponse(request, reply, undefined, date);
  await stream.write(sending.head);
  await sendPieces(stream, sending.body, body);
  return finishResponse(sending, limits.body);
}

/** Compresses an answer with the encoding that the caller prefers, if it has at least `from` bytes; streams count as longer. */
function compressed(reply: Reply, caller: Headers, from: number): Reply {
  const { body } = reply;
  const vary: Headers = [...reply.headers, ["Vary", "Accept-Encoding"]];
  const encoding = encodingFor(caller);
  const isShort = (typeof body === "string" || body instanceof Uint8Array) && body.length < from;
  if (encoding === undefined || isShort) return { ...reply, headers: vary };
  const pieces = typeof body === "string" ? only(Buffer.from(body)) : body instanceof Uint8Array ? only(body) : body;
  return { ...reply, headers: [...vary, ["Content-Encoding", encoding]], body: transformed(pieces, new CompressionStream(encoding)) };
}

async function* only(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  yield piece;
}
