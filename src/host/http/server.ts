import { errorCode } from "../files/read-file.ts";
import { isFull } from "../linux/is-full.ts";
import { ByteStream, streamHandlers } from "./byte-stream.ts";
import { openCollector } from "./collector.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { type Connection, type Handler, type ReportBug, type ServerState, serveRequests } from "./serve-connection.ts";

/** Garbage of a connection, in bytes. */
const CONNECTION_GARBAGE = 4_096;
/** The share of the status port: each request may open a connection to Envoy and one to the application. */
const SHARE = { shares: 2, descriptors: 3 } as const;

/** A listening HTTP server. */
export interface Listener {
  readonly stop: () => void;
  readonly port: number;
}

/**
 * Opens an HTTP/1 server on all addresses of the machine. The servers of the runtime do not fit: one hides the raw request target, the
 * other doubles the memory of the agent (RATIONALE). @throws Error with a code when the port cannot be opened
 */
export function serveHttp(port: number, handler: Handler, report: ReportBug, limits: Limits = LIMITS): Listener {
  const collector = openCollector();
  const open = new Set<Connection>();
  const server: ServerState = { handler, report, limits, collector, heads: 0 };
  const idle = idleLimit(open, limits.idleSeconds * 1_000);
  /** Serves a connection; at the connection limit, closes the longest idle one, or the oldest if none is idle. */
  const accept = (connection: Connection) => {
    if (isFull(open.size, { ...SHARE, most: limits.connections })) leastWanted(open)?.stream.cut();
    open.add(connection);
    idle.watch();
    connection.stream.whenClosed = () => {
      open.delete(connection);
      collector.leave(CONNECTION_GARBAGE);
    };
    serveRequests(connection, server);
  };
  const listener = onAllAddresses((hostname) =>
    Bun.listen<ByteStream>({
      hostname,
      port,
      allowHalfOpen: true,
      socket: {
        ...streamHandlers(() => {}),
        open(socket) {
          const stream = new ByteStream();
          stream.socket = socket;
          socket.data = stream;
          accept({ stream, peer: socket.remoteAddress, isIdle: true, waitsSince: undefined });
        },
      },
    }),
  );
  return {
    port: listener.port,
    stop() {
      listener.stop(true);
      collector.close();
      idle.close();
      // Answers already written still reach their callers.
      for (const { stream, isIdle } of open) isIdle ? stream.end() : stream.cut();
    },
  };
}

/**
 * Cuts connections that have waited for a request for so many milliseconds, at most a quarter later. One timer for all of them, which runs
 * while there are any: a limit of the runtime for each would need its event loop to turn every few seconds.
 */
function idleLimit(open: ReadonlySet<Connection>, limit: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const watch = () => {
    timer ??= setTimeout(check, limit / 4).unref();
  };
  const check = () => {
    timer = undefined;
    const latest = performance.now() - limit;
    for (const { stream, waitsSince } of open) if (waitsSince !== undefined && waitsSince <= latest) stream.cut();
    if (open.size > 0) watch();
  };
  return { watch, close: () => clearTimeout(timer) };
}

/** Returns the longest idle connection, or the oldest if none is idle. */
function leastWanted(open: ReadonlySet<Connection>): Connection | undefined {
  let oldest: Connection | undefined;
  for (const connection of open) {
    if (connection.isIdle) return connection;
    oldest ??= connection;
  }
  return oldest;
}

/** Listens on IPv6 and IPv4, or on IPv4 alone when the kernel has no IPv6. @throws Error when the port cannot be opened */
function onAllAddresses<Found>(listen: (hostname: string) => Found): Found {
  try {
    return listen("::");
  } catch (error) {
    // Without IPv6 in the kernel the error of the runtime has no other code.
    if (errorCode(error) === "EADDRINUSE" || errorCode(error) === "EACCES") throw error;
    return listen("0.0.0.0");
  }
}
