import { errorCode } from "../files/read-file.ts";
import { byteStream, type Wire, wireHandlers, wireOf } from "./byte-stream.ts";
import { openCollector } from "./collector.ts";
import { openConnections } from "./connections.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { type Handler, type ReportBug, type ServerState, serveConnection } from "./serve-connection.ts";

/** What a connection leaves behind for the collector, in bytes. */
const CONNECTION_GARBAGE = 4_096;

export interface Listener {
  readonly stop: () => void;
  readonly port: number;
}

/**
 * An HTTP/1 server on all addresses of the machine. The runtime's own servers do not fit: one hides the target as sent, the
 * other doubles the agent's memory (RATIONALE). @throws Error with a code when the port cannot be opened
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
