import type { Http2Stream, StreamEvents } from "../../http/http2/state.ts";
import { DEFAULT_WINDOW } from "../../http/http2/windows.ts";
import { type Headers, headerOf } from "../../http/message-head.ts";
import { isGrpc } from "../../mesh/grpc-text.ts";
import type { Keepalive } from "../../mesh/mesh-plan.ts";
import { type MessageBudget, messageBudget } from "../../mesh/message-budget.ts";
import { openTransport, type Transport } from "../http/http2/transport.ts";
import { isFull } from "../linux/is-full.ts";
import type { Accept, GrpcServer } from "./grpc.ts";
import { keepAlive, type PingTimers } from "./keep-alive.ts";
import { peerPid } from "./peer-pid.ts";
import { discarding, serveCall } from "./server-call.ts";

/** What a server accepts. */
export interface ServerRules {
  /** The largest message from a client, in bytes. */
  readonly maxMessage: number;
  /** Streams that one connection may have open. */
  readonly maxStreams: number;
  /** Descriptors that each connection may take: its own, and that of a connection which is opened for it. */
  readonly descriptors: 1 | 2;
  /** Absent: no PING frames are sent. */
  readonly keepalive?: Keepalive;
}

/** How many messages of the largest size may be incomplete at the same time. */
const INCOMPLETE = 16;

/** Connections at the same time: each takes a descriptor, which the status port, the CA and the control plane need, too. */
const MOST_CONNECTIONS = 512;

/** A connection of a client. */
interface Connection {
  transport: Transport | undefined;
  pings: PingTimers | undefined;
}

/** Serves gRPC on a descriptor that listens (`listenOnSocket`), connections that wait there included. */
export function serveGrpc(descriptor: number, rules: ServerRules, accept: Accept): GrpcServer {
  const sockets = new Set<Bun.Socket<Connection>>();
  const budget = messageBudget(INCOMPLETE * rules.maxMessage);
  const socket: Bun.SocketHandler<Connection> = {
    binaryType: "buffer",
    open(socket) {
      socket.data = { transport: undefined, pings: undefined };
      if (isFull(sockets.size, { most: MOST_CONNECTIONS, shares: 1, descriptors: rules.descriptors })) {
        const leastWanted = withoutCall(sockets) ?? socket;
        leastWanted.terminate();
        if (leastWanted === socket) return;
      }
      sockets.add(socket);
      socket.data = openConnection(socket, rules, { budget, accept });
    },
    data({ data }, bytes) {
      data.pings?.heard();
      data.transport?.receive(bytes);
    },
    drain: ({ data }) => data.transport?.drain(),
    close(socket) {
      sockets.delete(socket);
      socket.data.pings?.stop();
      socket.data.transport?.connection.lose();
    },
    error() {},
  };
  // The types omit the descriptor, which node:net passes in the same way.
  const listener = Bun.listen({ fd: descriptor, socket } as unknown as Bun.UnixSocketOptions<Connection>);
  return {
    close() {
      listener.stop();
      for (const each of [...sockets]) each.terminate();
    },
  };
}

/** Returns the oldest connection without a call. */
function withoutCall(sockets: ReadonlySet<Bun.Socket<Connection>>): Bun.Socket<Connection> | undefined {
  for (const socket of sockets) if (socket.data.transport?.connection.streams() === 0) return socket;
  return undefined;
}

interface ServerTools {
  readonly budget: MessageBudget;
  readonly accept: Accept;
}

function openConnection(socket: Bun.Socket<Connection>, rules: ServerRules, { budget, accept }: ServerTools): Connection {
  const { maxMessage, maxStreams, keepalive } = rules;
  const peer = peerPid(socket);
  const connection: Connection = { transport: undefined, pings: undefined };
  const transport = openTransport(
    socket,
    { role: "server", window: DEFAULT_WINDOW, maxStreams },
    {
      ready() {},
      request: (stream, fields) => refusalOf(stream, fields) ?? serveCall(stream, fields, { peer, maxMessage, budget, accept }),
      goAway() {},
      failed: () => transport.end(),
    },
  );
  connection.transport = transport;
  if (keepalive !== undefined) {
    const lost = () => void socket.terminate();
    connection.pings = keepAlive(transport.connection, keepalive, { lost, withoutStreams: true });
  }
  transport.flush();
  return connection;
}

/** Answers a request that is not gRPC's with an HTTP status; undefined if it is. */
function refusalOf(stream: Http2Stream, fields: Headers): StreamEvents | undefined {
  const status = headerOf(fields, ":method") !== "POST" ? 405 : isGrpc(headerOf(fields, "content-type")) ? undefined : 415;
  if (status === undefined) return undefined;
  stream.headers([[":status", String(status)]], true);
  return discarding(stream);
}
