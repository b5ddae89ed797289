import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { errorText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { CODE, type GrpcStatus } from "../../mesh/grpc-status.ts";
import { errorName } from "../../mesh/grpc-text.ts";
import type { Endpoint } from "../../mesh/mesh-plan.ts";
import { reasonOf } from "../files/read-file.ts";
import { keepAlive } from "./keep-alive.ts";
import { connectTls, peerProblem } from "./tls.ts";
import { ignoreUnknownStreams } from "./unknown-streams.ts";

/** Bytes that the server may send before they are read (contract 1.30 §13b). */
const WINDOW = 1024 ** 2;

/** The status of calls whose connection is closed by this side. */
export const CLOSED: GrpcStatus = { code: CODE.UNAVAILABLE, message: "the connection was closed" };

/** A connection that is being made, or was made. */
export interface Dial {
  /** Resolves when calls can be made; never if the connection fails before. */
  readonly ready: Promise<ClientHttp2Session>;
  /** Resolves when the connection has failed or ended, with the status of the calls that are open. */
  readonly lost: Promise<GrpcStatus>;
  /** Whether the server has announced that it closes the connection. */
  readonly isLeaving: () => boolean;
  readonly close: () => void;
}

/** Connects, and waits for the settings of the server; `limit` milliseconds at most. */
export function dialServer(endpoint: Endpoint, limit: number, log: Log): Dial {
  const { tls, keepalive } = endpoint;
  const address = joinHostPort(endpoint.host, String(endpoint.port));
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
    // With a plan for TLS, it is what connectTls has returned.
    const problem = tls === undefined ? undefined : peerProblem(socket as TLSSocket, tls);
    if (problem !== undefined) return fail(problem);
    const opened = startHttp2(socket, `${tls === undefined ? "http" : "https"}://${address}`);
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
    socket = openSocket(endpoint, log);
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

/** Starts the connection. @throws Error when a file for TLS cannot be used */
function openSocket({ host, port, tls }: Endpoint, log: Log): Socket {
  const to = { host: host === "localhost." ? "localhost" : host, port };
  return tls === undefined ? connectTcp({ ...to, noDelay: true }) : connectTls(to, tls, log);
}

function startHttp2(socket: Socket, url: string): ClientHttp2Session {
  ignoreUnknownStreams();
  return connectHttp2(url, { createConnection: () => socket, settings: { initialWindowSize: WINDOW, enablePush: false } });
}
