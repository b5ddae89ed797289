import type { ByteStream } from "./byte-stream.ts";
import type { Limits } from "./limits.ts";

/** A connection that a listener has accepted. */
export interface Connection {
  readonly stream: ByteStream;
  /** The peer's address. */
  readonly peer: string;
  /** Whether no request is in progress. */
  isIdle: boolean;
}

/** The open connections of a listener. */
export interface Connections {
  /** Adds one; at the connection limit, the longest idle connection is closed, or the oldest if none is idle. */
  readonly add: (connection: Connection) => void;
  /** Gives a finished connection time to close; it counts until then. */
  readonly linger: (connection: Connection) => void;
  /** Closes all of them. Answers already written still reach their callers. */
  readonly stop: () => void;
}

/** Opens the set of connections of a listener; `closed` is called for each that has closed. */
export function openConnections(limits: Limits, closed: () => void): Connections {
  const open = new Set<Connection>();
  return {
    add(connection) {
      if (open.size >= limits.connections) leastWanted(open)?.stream.cut();
      open.add(connection);
    },
    linger(connection) {
      const { stream } = connection;
      // A peer may be slow to read an answer and close its side, but not without limit.
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

/** Returns the longest idle connection, or the oldest if none is idle. */
function leastWanted(open: ReadonlySet<Connection>): Connection | undefined {
  let oldest: Connection | undefined;
  for (const connection of open) {
    if (connection.isIdle) return connection;
    oldest ??= connection;
  }
  return oldest;
}
