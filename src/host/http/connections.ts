import type { ByteStream } from "./byte-stream.ts";
import type { Limits } from "./limits.ts";

/** A connection that a listener has taken. */
export interface Connection {
  readonly stream: ByteStream;
  /** The peer's address. */
  readonly peer: string;
  /** Whether no request is being answered. */
  isIdle: boolean;
}

/** The open connections of a listener. */
export interface Connections {
  /** Adds one; at the connection limit, the longest idle connection is closed, or the oldest if none is idle. */
  readonly add: (connection: Connection) => void;
  /** Gives a connection that is over some time to close; until then it counts. */
  readonly linger: (connection: Connection) => void;
  /** Closes all of them. What has been answered still reaches its caller. */
  readonly stop: () => void;
}

/** Opens the set of a listener's connections; `closed` is called for each that has ended. */
export function openConnections(limits: Limits, closed: () => void): Connections {
  const open = new Set<Connection>();
  return {
    add(connection) {
      if (open.size >= limits.connections) leastWanted(open)?.stream.cut();
      open.add(connection);
    },
    linger(connection) {
      const { stream } = connection;
      // A peer may take its time to read an answer and to close its side, but not for ever.
      const late = setTimeout(stream.cut, limits.lingerSeconds * 1_000);
      const close = () => {
        clearTimeout(late);
        open.delete(connection);
        closed();
      };
      if (stream.closed.aborted) close();
      else stream.closed.addEventListener("abort", close, { once: true });
    },
    stop() {
      for (const { stream, isIdle } of open) isIdle ? stream.end() : stream.cut();
    },
  };
}

/** The longest idle connection, or the oldest if none is idle. */
function leastWanted(open: ReadonlySet<Connection>): Connection | undefined {
  let oldest: Connection | undefined;
  for (const connection of open) {
    if (connection.isIdle) return connection;
    oldest ??= connection;
  }
  return oldest;
}
