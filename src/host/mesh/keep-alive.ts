import type { Http2Connection } from "../../http/http2/connection.ts";
import type { Keepalive } from "../../mesh/mesh-plan.ts";

/** PING frames while a connection is open. */
export interface PingTimers {
  /** The peer has answered one. */
  readonly answered: () => void;
  readonly stop: () => void;
}

/** Sends PING frames, and calls back when one is not answered in time. */
export function keepAlive(connection: Http2Connection, { interval, timeout }: Keepalive, lost: () => void): PingTimers {
  let limit: ReturnType<typeof setTimeout> | undefined;
  const pings = setInterval(() => {
    if (limit !== undefined) return;
    limit = setTimeout(lost, timeout);
    connection.ping();
  }, interval);
  const answered = () => {
    clearTimeout(limit);
    limit = undefined;
  };
  return {
    answered,
    stop() {
      clearInterval(pings);
      answered();
    },
  };
}
