import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect as connectHttp2,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { errorText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { joinHostPort } from "../../go/host-port.ts";
import type { Headers } from "../../http/header-fields.ts";
import { headersByName } from "../../mesh/grpc-headers.ts";
import { CODE, type GrpcStatus } from "../../mesh/grpc-status.ts";
import { errorName, GRPC, isGrpc, statusOfHttp, statusOfReset, statusOfTrailers } from "../../mesh/grpc-text.ts";
import type { Endpoint } from "../../mesh/mesh-plan.ts";
import { BUILD } from "../build-info.ts";
import { reasonOf } from "../files/read-file.ts";
import type { Call, CallHandler, GrpcConnection, Message } from "./grpc.ts";
import { keepAlive } from "./keep-alive.ts";
import { type Receiver, receiveMessages } from "./receive-messages.ts";
import { openSender, type Sender } from "./send-messages.ts";
import { connectTls, peerProblem } from "./tls.ts";
import { ignoreUnknownStreams } from "./unknown-streams.ts";

/** Milliseconds until a server must have answered with its HTTP/2 settings (recorded: xds/mute). */
const DIAL_LIMIT = 20_000;
/** Bytes that the server may send before they are read (contract 1.30 §13b). */
const WINDOW = 1024 ** 2;
/** The largest message, in bytes. */
const MAX_MESSAGE = 2 ** 31 - 1;

/** Options that only tests change. */
export interface DialOptions {
  readonly limit?: number;
  readonly maxMessage?: number;
}

const CLOSED: GrpcStatus = { code: CODE.UNAVAILABLE, message: "the connection was closed" };

/** Dials a gRPC server. Failures are reported to the calls, as UNAVAILABLE. */
export function connectGrpc(
  endpoint: Endpoint,
  log: Log,
  { limit = DIAL_LIMIT, maxMessage = MAX_MESSAGE }: DialOptions = {},
): GrpcConnection {
  const { tls, host, port } = endpoint;
  const authority = tls === undefined ? joinHostPort(host, String(port)) : tls.serverName;
  const dial = dialServer(endpoint, limit, log);
  const calls = new Set<OpenCall>();
  let lost: GrpcStatus | undefined;
  dial.lost.then((status) => {
    lost = status;
    for (const call of [...calls]) call.finish(status);
  });
  return {
    open(method, headers, handler) {
      const context = { dial, handler, maxMessage, headers: requestHeaders(tls !== undefined, authority, method, headers) };
      const opened = openCall(context, () => calls.delete(opened));
      calls.add(opened);
      if (lost !== undefined) opened.finish(lost);
      return opened;
    },
    isUsable: () => lost === undefined && !dial.isLeaving(),
    close() {
      lost ??= CLOSED;
      for (const call of [...calls]) call.cancel();
      dial.close();
    },
  };
}

function requestHeaders(isTls: boolean, authority: string, method: string, headers: Headers): OutgoingHttpHeaders {
  return {
    ":method": "POST",
    ":scheme": isTls ? "https" : "http",
    ":path": method,
    ":authority": authority,
    "content-type": GRPC,
    te: "trailers",
    "user-agent": `attache/${BUILD.version}`,
    ...headersByName(headers),
  };
}

/** A connection that is being made, or was made. */
interface Dial {
  /** Resolves when calls can be made; never if the connection fails before. */
  readonly ready: Promise<ClientHttp2Session>;
  /** Resolves when the connection has failed or ended, with the status of the calls that are open. */
  readonly lost: Promise<GrpcStatus>;
  /** Whether the server has announced that it closes the connection. */
  readonly isLeaving: () => boolean;
  readonly close: () => void;
}

/** Connects, and waits for the settings of the server. */
function dialServer(endpoint: Endpoint, limit: number, log: Log): Dial {
  const { host, port, tls, keepalive } = endpoint;
  const address = joinHostPort(host, String(port));
  const ready = Promise.withResolvers<ClientHttp2Session>();
  const lost = Promise.withResolvers<GrpcStatus>();
  let socket: Socket | undefined;
  let session: ClientHttp2Session | undefined;
  const timer = setTimeout(() => fail(`no SETTINGS frame from ${address} within ${limit / 1_000} s`), limit);
  const end = (message: string) => {
    clearTimeout(timer);
    lost.resolve({ code: CODE.UNAVAILABLE, message });
    session?.destroy();
    socket?.destroy();
  };
  const fail = (reason: string) => end(`connection error: desc = "transport: Error while dialing: dial tcp ${address}: ${reason}"`);
  let isReady = false;
  let goaway: string | undefined;
  const broken = (reason: string) => {
    if (!isReady) fail(reason);
    else end(`error reading from server: ${reason}${goaway === undefined ? "" : `, received prior goaway: code: ${goaway}`}`);
  };
  const connected = () => {
    if (socket === undefined) return;
    const problem = tls === undefined ? undefined : peerProblem(socket as TLSSocket, tls);
    if (problem !== undefined) return fail(problem);
    ignoreUnknownStreams();
    const opened = connectHttp2(`${tls === undefined ? "http" : "https"}://${address}`, {
      createConnection: () => socket as Socket,
      settings: { initialWindowSize: WINDOW, enablePush: false },
    });
    session = opened;
    opened.on("error", (error) => broken(reasonOf(error)));
    opened.once("close", () => broken("EOF"));
    opened.once("goaway", (code: number) => {
      goaway = errorName(code);
    });
    opened.once("remoteSettings", () => {
      clearTimeout(timer);
      isReady = true;
      opened.setLocalWindowSize(WINDOW);
      keepAlive(opened, keepalive, () => broken("keepalive ping failed to receive ACK within timeout"));
      ready.resolve(opened);
    });
  };
  try {
    const to = { host: host === "localhost." ? "localhost" : host, port };
    socket = tls === undefined ? connectTcp({ ...to, noDelay: true }) : connectTls(to, tls, log);
    socket.on("error", (error) => broken(`${isReady || tls !== undefined ? "" : "connect: "}${reasonOf(error)}`));
    socket.once("close", () => broken("EOF"));
    socket.once(tls === undefined ? "connect" : "secureConnect", connected);
  } catch (error) {
    fail(errorText(error));
  }
  return {
    ready: ready.promise,
    lost: lost.promise,
    isLeaving: () => goaway !== undefined,
    close() {
      clearTimeout(timer);
      session?.close();
      // The frames that end the calls are sent first.
      setImmediate(() => end(CLOSED.message));
    },
  };
}

interface CallContext {
  readonly dial: Dial;
  readonly headers: OutgoingHttpHeaders;
  readonly handler: CallHandler;
  readonly maxMessage: number;
}

interface OpenCall extends Call {
  /** Ends it with the status of the connection. */
  readonly finish: (status: GrpcStatus) => void;
}

/** Opens a call as soon as the connection is ready. */
function openCall({ dial, headers, handler, maxMessage }: CallContext, over: () => void): OpenCall {
  const opened = Promise.withResolvers<Sender | undefined>();
  let stream: ClientHttp2Stream | undefined;
  let receiver: Receiver | undefined;
  let isOver = false;
  /** Ends the call once, after the messages that were received before. */
  const finish = (status: GrpcStatus) => {
    if (isOver) return;
    isOver = true;
    over();
    opened.resolve(undefined);
    if (receiver === undefined) queueMicrotask(() => handler.ended(status));
    else receiver.whenDone((failure) => handler.ended(failure ?? status));
  };
  const abort = (status: GrpcStatus) => {
    receiver?.stop();
    finish(status);
    stream?.close(constants.NGHTTP2_CANCEL);
  };
  // Without a reader, the end of a stream that begins with data would not be noticed.
  const early = () => abort({ code: CODE.INTERNAL, message: "the server has sent data before its headers" });
  const responded = (response: IncomingHttpHeaders) => {
    stream?.off("data", early);
    const status = Number(response[":status"]);
    const type = response["content-type"];
    if (status !== 200 || !isGrpc(type)) return abort(statusOfTrailersOf(response) ?? statusOfHttp(status, type));
    const encoding = response["grpc-encoding"];
    const rules = { limit: maxMessage, encoding: typeof encoding === "string" ? encoding : undefined };
    if (stream !== undefined) receiver = receiveMessages(stream, rules, handler.message, abort);
  };
  dial.ready.then((session) => {
    if (isOver) return;
    try {
      stream = session.request(headers, { endStream: false });
    } catch (error) {
      // The server has sent GOAWAY, or a header is invalid.
      finish({ code: CODE.UNAVAILABLE, message: errorText(error) });
      return;
    }
    watchEnd(stream, finish);
    stream.once("response", responded);
    stream.on("data", early);
    opened.resolve(openSender(stream));
  });
  return {
    finish,
    send: (message: Message) =>
      opened.promise.then((to) => {
        if (to === undefined || isOver) return;
        return to.send(message);
      }),
    end() {
      opened.promise.then((to) => to?.whenSent(() => stream?.end()));
    },
    cancel: () => abort({ code: CODE.CANCELLED, message: "the call was cancelled" }),
  };
}

const WITHOUT_TRAILERS: GrpcStatus = { code: CODE.INTERNAL, message: "server closed the stream without sending trailers" };

/** Calls back with the status that the end of a stream means. */
function watchEnd(stream: ClientHttp2Stream, ended: (status: GrpcStatus) => void): void {
  let status: GrpcStatus | undefined;
  const read = (headers: IncomingHttpHeaders) => {
    status ??= statusOfTrailersOf(headers);
  };
  stream.once("response", read);
  stream.once("trailers", read);
  stream.once("end", () => {
    // A reset ends the stream, too, and so does the end of the connection, whose status comes first.
    if (status === undefined) setImmediate(() => ended(status ?? (stream.rstCode ? statusOfReset(stream.rstCode) : WITHOUT_TRAILERS)));
    else ended(status);
  });
  stream.on("error", () => {});
  stream.once("close", () => {
    const code = stream.rstCode ?? 0;
    // When the whole connection is gone, its status comes first.
    setImmediate(() => ended(status ?? statusOfReset(code)));
  });
}

function statusOfTrailersOf(headers: IncomingHttpHeaders): GrpcStatus | undefined {
  return statusOfTrailers(headers["grpc-status"]?.toString(), headers["grpc-message"]?.toString());
}
