import { closesAfter, expectationOf, type Framing, requestFraming } from "../../http/framing.ts";
import { parseRequestHead, type Refusal, type RequestHead } from "../../http/message-head.ts";
import { errorReply, type Reply, wordsOf } from "../../http/reply.ts";
import { errorCode } from "../read-file.ts";
import { BrokenStream, type ByteStream, byteStream, type Wire, wireHandlers, wireOf } from "./byte-stream.ts";
import { type Collector, openCollector } from "./collector.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { bodyOf, MalformedBody } from "./message-body.ts";
import { openRelease } from "./release-pieces.ts";

export interface Exchange {
  readonly head: RequestHead;
  /** The peer's address. */
  readonly peer: string;
  /** Aborted when the caller has gone. */
  readonly gone: AbortSignal;
}

/** Answers one request. */
export type Handler = (exchange: Exchange) => Promise<Reply> | Reply;

/** Reports what should never be thrown: anything but the end of a connection. */
export type ReportBug = (error: unknown) => void;

export interface Listener {
  readonly stop: () => void;
  readonly port: number;
}

interface Connection {
  readonly stream: ByteStream;
  readonly peer: string;
  isIdle: boolean;
}

interface House {
  readonly open: Set<Connection>;
  /** How many heads are being received. */
  heads: number;
  readonly limits: Limits;
  readonly report: ReportBug;
  readonly collector: Collector;
}

/** What a connection and a request leave behind for the collector, in bytes; a head is kept as bytes, as a text and as its fields. */
const CONNECTION_GARBAGE = 4_096;
const REQUEST_GARBAGE = 2_048;
const HEAD_COPIES = 3;

/**
 * An HTTP/1 server on all addresses of the machine. The runtime's own servers do not fit: one hides the target as sent, the
 * other doubles the agent's memory (RATIONALE). @throws Error with a code when the port cannot be opened
 */
export function serveHttp(port: number, handler: Handler, report: ReportBug, limits: Limits = LIMITS): Listener {
  const open = new Set<Connection>();
  const collector = openCollector();
  const house: House = { open, heads: 0, limits, report, collector };
  const listener = onAllAddresses((hostname) =>
    Bun.listen<Wire>({
      hostname,
      port,
      allowHalfOpen: true,
      socket: {
        ...wireHandlers((wire, socket) => {
          socket.data = wire;
        }),
        open(socket) {
          const wire = wireOf();
          wire.socket = socket;
          socket.data = wire;
          const connection: Connection = { stream: byteStream(wire), peer: socket.remoteAddress, isIdle: true };
          makeRoom(house);
          open.add(connection);
          converse(connection, house, handler)
            .catch((error: unknown) => {
              connection.stream.cut();
              if (!(error instanceof BrokenStream)) report(error);
            })
            .finally(() => untilClosed(connection, house));
        },
      },
    }),
  );
  return {
    port: listener.port,
    stop() {
      listener.stop(true);
      collector.close();
      // What has been answered still reaches its caller.
      for (const { stream, isIdle } of open) isIdle ? stream.end() : stream.cut();
    },
  };
}

/** Listens on the addresses of both families, or of IPv4 where the kernel has no other. @throws the error of a port that cannot be opened */
function onAllAddresses<Found>(listen: (hostname: string) => Found): Found {
  try {
    return listen("::");
  } catch (error) {
    // Of a kernel without IPv6 the runtime says nothing more than that it failed.
    if (errorCode(error) === "EADDRINUSE" || errorCode(error) === "EACCES") throw error;
    return listen("0.0.0.0");
  }
}

/** A peer may take its time to read an answer and to close its side, but not for ever; until then the connection counts. */
function untilClosed(connection: Connection, { open, collector, limits }: House): void {
  const { closed, cut } = connection.stream;
  const late = setTimeout(cut, limits.lingerSeconds * 1_000);
  const close = () => {
    clearTimeout(late);
    open.delete(connection);
    collector.leave(CONNECTION_GARBAGE);
  };
  if (closed.aborted) close();
  else closed.addEventListener("abort", close, { once: true });
}

/** At the connection limit, closes the connection that has been idle longest, or the oldest if none is idle. */
function makeRoom({ open, limits }: House): void {
  if (open.size < limits.connections) return;
  let oldest: Connection | undefined;
  for (const connection of open) {
    oldest ??= connection;
    if (!connection.isIdle) continue;
    oldest = connection;
    break;
  }
  oldest?.stream.cut();
}

/** Serves one connection to its end: requests one after another, also those sent ahead. */
async function converse(connection: Connection, house: House, handler: Handler): Promise<void> {
  const { stream } = connection;
  const { limits } = house;
  for (;;) {
    connection.isIdle = true;
    const head = await readHead(connection, house);
    connection.isIdle = false;
    if (head === undefined) return stream.end();
    if ("reason" in head) return await refuse(stream, head);
    const framing = requestFraming(head);
    if ("reason" in framing) return await refuse(stream, framing);
    const expectation = expectationOf(head);
    if (expectation === "unknown") return await refuse(stream, { status: 417, reason: "" });
    // No body is ever asked for, and what a caller holds back does not come.
    const holdsBack = expectation === "continue" && head.minor === 1 && (framing.kind !== "length" || framing.length > 0);
    const closes = closesAfter(head) || holdsBack || (framing.kind === "length" && framing.length > limits.body);
    stream.limitSilence(0);
    const reply = await answered({ head, peer: connection.peer, gone: stream.closed }, handler, house);
    stream.limitSilence(limits.writeSeconds);
    await send(stream, head, reply, closes);
    connection.isIdle = true;
    reply.sent?.();
    if (closes || !(await discard(stream, framing, limits))) return stream.end();
  }
}

/** The handler's answer; a bug in it is an answer too, and does not cost the connection. */
async function answered(exchange: Exchange, handler: Handler, { report }: House): Promise<Reply> {
  try {
    return await handler(exchange);
  } catch (error) {
    report(error);
    return errorReply(500, "Internal Server Error");
  }
}

/** The next request's head, within the time and the room a head has; undefined when the peer has none. */
async function readHead({ stream }: Connection, house: House): Promise<RequestHead | Refusal | undefined> {
  const { limits } = house;
  stream.limitSilence(limits.idleSeconds);
  await stream.ready();
  // A peer that sends its head in drops is not silent: it has one time for all of it.
  const late = setTimeout(stream.cut, limits.headSeconds * 1_000);
  house.heads++;
  try {
    const room = Math.max(limits.leastHead, Math.min(limits.head, limits.allHeads / house.heads));
    const head = await stream.readHead(room);
    house.collector.leave(REQUEST_GARBAGE + HEAD_COPIES * (head === "long" ? room : (head?.length ?? 0)));
    if (head === "long") return { status: 431, reason: "Request Header Fields Too Large" };
    return head === undefined ? undefined : parseRequestHead(head.toString("latin1").replace(/\r?\n$/, ""));
  } finally {
    house.heads--;
    clearTimeout(late);
  }
}

/** Ends a connection with a status. A reason goes out as its text, in the form of Go's server. */
async function refuse(stream: ByteStream, { status, reason }: Refusal): Promise<void> {
  stream.limitSilence(5);
  const line = `${status} ${wordsOf(status)}`;
  const answer =
    reason === ""
      ? `HTTP/1.1 ${line}\r\nConnection: close\r\nDate: ${new Date().toUTCString()}\r\nContent-Length: 0\r\n\r\n`
      : `HTTP/1.1 ${line}\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n${status} ${reason}`;
  await stream.write(answer);
  stream.end();
}

async function send(stream: ByteStream, request: RequestHead, reply: Reply, closes: boolean): Promise<void> {
  const { body, status } = reply;
  const fixed = typeof body === "string" ? Buffer.from(body) : body instanceof Uint8Array ? body : undefined;
  const isBodiless = status === 204 || status === 304 || status < 200;
  // Without chunks only the end of the connection ends a body of unknown length.
  const isChunked = fixed === undefined && request.minor === 1;
  const lines = [
    `HTTP/1.1 ${status} ${wordsOf(status)}`,
    ...reply.headers.map(([name, value]) => `${name}: ${value}`),
    `Date: ${new Date().toUTCString()}`,
    ...(isBodiless ? [] : fixed !== undefined ? [`Content-Length: ${fixed.length}`] : isChunked ? ["Transfer-Encoding: chunked"] : []),
    ...(closes || (fixed === undefined && !isChunked) ? ["Connection: close"] : request.minor === 0 ? ["Connection: keep-alive"] : []),
  ];
  const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
  if (isBodiless || request.method === "HEAD") {
    await stream.write(head);
    if (fixed === undefined && !isBodiless) await closeBody(body);
    return;
  }
  if (fixed !== undefined) return await stream.write(Buffer.concat([head, fixed]));
  await stream.write(head);
  const release = openRelease();
  // Only a stream is left here.
  for await (const piece of body as AsyncIterable<Uint8Array>) {
    if (piece.length === 0) continue;
    if (isChunked) await stream.write(`${piece.length.toString(16)}\r\n`);
    await stream.write(piece);
    if (isChunked) await stream.write("\r\n");
    release(piece);
  }
  if (isChunked) await stream.write("0\r\n\r\n");
  else stream.end();
}

async function closeBody(body: Reply["body"]): Promise<void> {
  if (typeof body === "string" || body instanceof Uint8Array) return;
  for await (const _ of body) return;
}

/** Reads what is left of a request; whether another may follow. */
async function discard(stream: ByteStream, framing: Framing, limits: Limits): Promise<boolean> {
  stream.limitSilence(limits.headSeconds);
  let size = 0;
  try {
    for await (const piece of bodyOf(stream, framing)) {
      size += piece.length;
      if (size > limits.body) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof MalformedBody) return false;
    throw error;
  }
}
