import type { Http2Session } from "node:http2";
import type { Keepalive } from "../../mesh/mesh-plan.ts";

/** Sends PING frames while a connection is open, and calls back when one is not answered in time. */
export function keepAlive(session: Http2Session, { interval, timeout }: Keepalive, lost: () => void): void {
  let limit: ReturnType<typeof setTimeout> | undefined;
  const pings = setInterval(() => {
    if (limit !== undefined || session.destroyed || session.closed) return;
    limit = setTimeout(lost, timeout);
    session.ping(() => {
      clearTimeout(limit);
      limit = undefined;
    });
  }, interval);
  session.once("close", () => {
    clearInterval(pings);
    clearTimeout(limit);
  });
}
