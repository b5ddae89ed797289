import { errorText } from "../../common/errors.ts";
import type { Log } from "../../common/notice.ts";
import { quote } from "../../go/literal.ts";
import type { Http2Connection } from "../../http/http2/connection.ts";
import { errorName } from "../../http/http2/errors.ts";
import { addressText } from "../../mesh/address-text.ts";
import { CODE, type GrpcStatus } from "../../mesh/grpc-status.ts";
import type { Endpoint } from "../../mesh/mesh-plan.ts";
import { shownName } from "../../mesh/server-name.ts";
import { tlsFailure } from "../../mesh/tls-failure.ts";
import { reasonOf } from "../files/read-file.ts";
import { openTransport, type Transport } from "../http/http2/transport.ts";
import { connectableHost } from "../linux/connectable-host.ts";
import { limitReceiveBuffer } from "../linux/limit-receive-buffer.ts";
import { keepAlive, type PingTimers } from "./keep-alive.ts";
import { connectFailure, noAnswer } from "./no-connection.ts";
import { withRoots } from "./root-certificates.ts";
import { handshakeProblem, type TlsSocket, tlsOptions } from "./tls.ts";

/** Bytes that the server may send before they are read (contract 1.30 §13b). */
const WINDOW = 1024 ** 2;
/** Bytes that the kernel receives before they are read; it doubles the number, for what it needs itself. */
const RECEIVE_BUFFER = 262_144;

/** The status of calls whose connection is closed by this side. */
export const CLOSED: GrpcStatus = { code: CODE.UNAVAILABLE, message: "the connection was closed" };

/** A connection that is being made, or was made. */
export interface Dial {
  /** Resolves when calls can be made; never if the connection fails before. */
  readonly ready: Promise<Http2Connection>;
  /** Resolves when the connection has failed or ended, with the status of the calls that are open. */
  readonly lost: Promise<GrpcStatus>;
  /** Whether the server has announced that it closes the connection. */
  readonly isLeaving: () => boolean;
  /** Whether `ready` has resolved. */
  readonly wasReady: () => boolean;
  readonly close: () => void;
}

/** What is known of a connection. */
interface Dialling {
  readonly endpoint: Endpoint;
  readonly address: string;
  readonly ready: PromiseWithResolvers<Http2Connection>;
  readonly lost: PromiseWithResolvers<GrpcStatus>;
  timer: ReturnType<typeof setTimeout> | undefined;
  socket: TlsSocket | undefined;
  transport: Transport | undefined;
  pings: PingTimers | undefined;
  isReady: boolean;
  isOver: boolean;
  /** The error code with which the server has said that it closes the connection, and what it has added. */
  goAway: string | undefined;
}

/** Connects, and waits for the settings of the server; `limit` milliseconds at most. */
export function dialServer(endpoint: Endpoint, limit: number, log: Log): Dial {
  const dial: Dialling = {
    endpoint,
    address: addressText(endpoint),
    ready: Promise.withResolvers(),
    lost: Promise.withResolvers(),
    timer: undefined,
    socket: undefined,
    transport: undefined,
    pings: undefined,
    isReady: false,
    isOver: false,
    goAway: undefined,
  };
  dial.timer = setTimeout(() => void tooLate(dial, limit), limit);
  try {
    connect(dial, log);
  } catch (error) {
    fail(dial, errorText(error));
  }
  return {
    ready: dial.ready.promise,
    lost: dial.lost.promise,
    isLeaving: () => dial.goAway !== undefined,
    wasReady: () => dial.isReady,
    close() {
      dial.transport?.connection.close();
      // The frames that end the calls are sent first.
      dial.transport?.flush();
      end(dial, CLOSED.message);
    },
  };
}

/** Ends a dial that has taken its limit (ms), with what has not answered. */
async function tooLate(dial: Dialling, limit: number): Promise<void> {
  if (dial.socket === undefined) {
    const reason = await noAnswer(dial.endpoint, limit);
    if (!dial.isReady) fail(dial, reason);
  } else if (dial.transport === undefined) fail(dial, `no answer to the TLS handshake within ${limit / 1_000} s`);
  else fail(dial, `no SETTINGS frame from ${dial.address} within ${limit / 1_000} s`);
}

/** Starts the connection. @throws Error when there are no root certificates for TLS */
function connect(dial: Dialling, log: Log): void {
  const { tls, problem } = dial.endpoint;
  if (problem !== undefined) {
    end(dial, dialError(`dial tcp: ${problem}`));
    return;
  }
  if (tls === undefined) {
    open(dial);
    return;
  }
  const options = tlsOptions(tls, log);
  withRoots(tls.roots, log, (ca) => open(dial, { ...options, ca: [...ca] }));
}

/** @throws Error when the options cannot be used */
function open(dial: Dialling, options?: Bun.TLSOptions): void {
  const { host, port, tls } = dial.endpoint;
  const began = performance.now();
  // The runtime reports a failure to connect to the handler as well.
  Bun.connect<undefined>({
    hostname: connectableHost(host),
    port,
    data: undefined,
    ...(options && { tls: options }),
    socket: {
      binaryType: "buffer",
      open(socket) {
        dial.socket = socket;
        if (dial.isOver) socket.terminate();
        else if (tls === undefined) begin(dial, socket);
      },
      handshake(socket, _, error) {
        if (tls === undefined || dial.isOver) return;
        const problem = handshakeProblem(socket, error, tls);
        if (problem === undefined) begin(dial, socket);
        else fail(dial, problem);
      },
      data(_, bytes) {
        dial.pings?.heard();
        dial.transport?.receive(bytes);
      },
      drain: () => dial.transport?.drain(),
      error: (_, error) => broken(dial, reasonIn(dial, error)),
      close: (_, error) => broken(dial, error === undefined ? "EOF" : reasonIn(dial, error)),
      connectError: (_, error) => void connectFailure(dial.endpoint, error, performance.now() - began).then((reason) => fail(dial, reason)),
    },
  }).catch(() => {});
}

/** Returns why a socket has failed. */
function reasonIn({ endpoint: { tls } }: Dialling, error: Error): string {
  return tls === undefined ? reasonOf(error) : tlsFailure(reasonOf(error), shownName(tls), tls.policy);
}

/** Begins HTTP/2 on a socket that is connected. */
function begin(dial: Dialling, socket: TlsSocket): void {
  const { keepalive } = dial.endpoint;
  const transport = openTransport(
    socket,
    { role: "client", window: WINDOW },
    {
      ready() {
        clearTimeout(dial.timer);
        dial.isReady = true;
        const { connection } = transport;
        const lost = () => lose(dial, "keepalive ping failed to receive ACK within timeout");
        const pings = keepAlive(connection, keepalive, { lost, withoutStreams: false });
        dial.pings = pings;
        dial.ready.resolve(withPings(connection, pings));
      },
      goAway(code, debug) {
        dial.goAway ??= `code: ${errorName(code)}${debug === "" ? "" : `, debug data: ${quote(debug)}`}`;
      },
      failed(error) {
        transport.flush();
        broken(dial, error.message);
      },
    },
  );
  dial.transport = transport;
  socket.setNoDelay(true);
  limitReceiveBuffer(socket, RECEIVE_BUFFER);
  transport.flush();
}

/** Returns a connection whose PING frames begin with its streams. */
function withPings(connection: Http2Connection, pings: PingTimers): Http2Connection {
  return {
    ...connection,
    request(fields, events) {
      const stream = connection.request(fields, events);
      if (stream !== undefined) pings.opened();
      return stream;
    },
  };
}

/** Ends the connection because it cannot be made. */
function fail(dial: Dialling, reason: string): void {
  end(dial, dialError(`dial tcp ${dial.address}: ${reason}`));
}

/** Returns the text of Go's gRPC library for a connection that cannot be made. */
function dialError(reason: string): string {
  return `connection error: desc = "transport: Error while dialing: ${reason}"`;
}

/** Ends the connection because it is broken. */
function broken(dial: Dialling, reason: string): void {
  if (dial.isReady) lose(dial, `error reading from server: ${reason}`);
  else fail(dial, reason);
}

/** Ends a connection that was ready. */
function lose(dial: Dialling, text: string): void {
  const { goAway } = dial;
  if (goAway === undefined) end(dial, text);
  else end(dial, `closing transport due to: connection error: desc = "${text}", received prior goaway: ${goAway}`);
}

function end(dial: Dialling, message: string): void {
  if (dial.isOver) return;
  dial.isOver = true;
  clearTimeout(dial.timer);
  dial.pings?.stop();
  dial.lost.resolve({ code: CODE.UNAVAILABLE, message });
  // The calls end with this status first.
  dial.lost.promise.then(() => dial.transport?.connection.lose());
  // After `end`, a connection with TLS stays open until the server closes it, and `terminate` drops what was sent; the types omit this one.
  const socket: { readonly close?: () => void } | undefined = dial.socket;
  socket?.close?.();
}
