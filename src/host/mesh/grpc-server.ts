import { constants, createServer, type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import type { Socket } from "node:net";
import { CODE, type GrpcStatus, OK } from "../../mesh/grpc-status.ts";
import { encodeStatusText, GRPC, isGrpc } from "../../mesh/grpc-text.ts";
import type { Keepalive } from "../../mesh/mesh-plan.ts";
import { type MessageBudget, messageBudget } from "../../mesh/message-budget.ts";
import type { Accept, CallHandler, GrpcServer, ServerCall } from "./grpc.ts";
import { keepAlive } from "./keep-alive.ts";
import { peerPid } from "./peer-pid.ts";
import { encodingOf, receiveMessages } from "./receive-messages.ts";
import { openSender } from "./send-messages.ts";

/** What a server accepts. */
export interface ServerRules {
  /** The largest message from a client, in bytes. */
  readonly maxMessage: number;
  /** Streams that one connection may have open. */
  readonly maxStreams: number;
  /** Absent: no PING frames are sent. */
  readonly keepalive?: Keepalive;
}

/** How many messages of the largest size may be incomplete at the same time. */
const INCOMPLETE = 16;

/** Serves gRPC on a descriptor that listens (`listenOnSocket`), connections that wait there included. */
export function serveGrpc(descriptor: number, { maxMessage, maxStreams, keepalive }: ServerRules, accept: Accept): Promise<GrpcServer> {
  const server = createServer({ settings: { maxConcurrentStreams: maxStreams } });
  const sockets = new Set<Socket>();
  const budget = messageBudget(INCOMPLETE * maxMessage);
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.on("session", (session: ServerHttp2Session) => {
    // Sessions without TLS have a socket of this class.
    const peer = peerPid(session.socket as Socket);
    session.on("error", () => session.destroy());
    if (keepalive !== undefined) keepAlive(session, keepalive, () => session.destroy());
    session.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) =>
      serveCall(stream, headers, { peer, maxMessage, budget, accept }),
    );
  });
  server.on("sessionError", () => {});
  const { promise, resolve, reject } = Promise.withResolvers<GrpcServer>();
  server.once("error", reject);
  server.listen({ fd: descriptor }, () => {
    server.off("error", reject);
    server.on("error", () => {});
    resolve({
      close() {
        server.close();
        for (const socket of sockets) socket.destroy();
      },
    });
  });
  return promise;
}

interface CallContext {
  readonly peer: number | undefined;
  readonly maxMessage: number;
  readonly budget: MessageBudget;
  readonly accept: Accept;
}

/** Serves one stream of a connection. */
function serveCall(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, { peer, maxMessage, budget, accept }: CallContext): void {
  stream.on("error", () => {});
  if (refuseOthers(stream, headers)) return;
  const sender = openSender(stream);
  let final: GrpcStatus | undefined;
  let handler: CallHandler | undefined;
  /** Ends the call once: informs the client, and the handler when everything that runs now has returned. */
  const end = (status: GrpcStatus, inform: () => void) => {
    if (final !== undefined) return;
    final = status;
    inform();
    queueMicrotask(() => handler?.ended(status));
  };
  const finish = (status: GrpcStatus) => end(status, () => sender.whenSent(() => sendStatus(stream, status)));
  const call: ServerCall = {
    method: headers[":path"] ?? "",
    peer,
    send(message) {
      if (final !== undefined) return Promise.resolve();
      if (!stream.headersSent) stream.respond({ ":status": 200, "content-type": GRPC }, { waitForTrailers: true });
      return sender.send(message);
    },
    end: (status = OK) => finish(status),
    cancel: () => end({ code: CODE.CANCELLED, message: "the call was cancelled" }, () => stream.close(constants.NGHTTP2_CANCEL)),
  };
  const accepted = accept(call);
  if ("code" in accepted) {
    finish(accepted);
    return;
  }
  handler = accepted;
  const { halfClosed, message } = accepted;
  const rules = { limit: maxMessage, encoding: encodingOf(headers), budget };
  const receiver = receiveMessages(stream, rules, (received) => (final === undefined ? message(received) : undefined), finish);
  // Clients may end their side just before they reset the stream: a reset that was received with the end comes first.
  stream.once("end", () => setImmediate(() => receiver.whenDone(() => final === undefined && !stream.aborted && halfClosed?.())));
  stream.once("close", () => {
    receiver.stop();
    end({ code: CODE.CANCELLED, message: "context canceled" }, () => {});
  });
}

/** Answers a request that is not gRPC's with an HTTP status. Returns whether it did. */
function refuseOthers(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
  const status = headers[":method"] !== "POST" ? 405 : isGrpc(headers["content-type"]) ? undefined : 415;
  if (status === undefined) return false;
  stream.respond({ ":status": status }, { endStream: true });
  stream.close();
  return true;
}

/** Sends the status: as trailers, or alone when nothing was sent before. */
function sendStatus(stream: ServerHttp2Stream, { code, message }: GrpcStatus): void {
  if (stream.destroyed || stream.closed) return;
  const trailers = { "grpc-status": String(code), ...(message === "" ? {} : { "grpc-message": encodeStatusText(message) }) };
  if (!stream.headersSent) {
    stream.respond({ ":status": 200, "content-type": GRPC, ...trailers }, { endStream: true });
    return;
  }
  stream.once("wantTrailers", () => stream.sendTrailers(trailers));
  stream.end();
}
