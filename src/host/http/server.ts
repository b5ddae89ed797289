import { errorCode } from "../files/read-file.ts";
import { byteStream, type Wire, wireHandlers, wireOf } from "./byte-stream.ts";
import { openCollector } from "./collector.ts";
import { openConnections } from "./connections.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { type Handler, type ReportBug, type ServerState, serveConnection } from "./serve-connection.ts";

/** Garbage of a connection, in bytes. */
const CONNECTION_GARBAGE = 4_096;

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
  const connections = openConnections(limits, () => collector.leave(CONNECTION_GARBAGE));
  const server: ServerState = { handler, report, limits, collector, heads: 0 };
  const listener = onAllAddresses((hostname) =>
    Bun.listen<Wire>({
      hostname,
      port,
      allowHalfOpen: true,
      socket: {
        ...wireHandlers(() => {}),
        open(socket) {
          const wire = wireOf();
          wire.socket = socket;
          socket.data = wire;
          const connection = { stream: byteStream(wire), peer: socket.remoteAddress, isIdle: true };
          connections.add(connection);
          void serveConnection(connection, server).finally(() => connections.linger(connection));
        },
      },
    }),
  );
  return {
    port: listener.port,
    stop() {
      listener.stop(true);
      collector.close();
      connections.stop();
    },
  };
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
