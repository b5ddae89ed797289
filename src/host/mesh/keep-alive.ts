import type { Http2Connection } from "../../http/http2/connection.ts";
import type { Keepalive } from "../../mesh/mesh-plan.ts";
import { type Clocks, MACHINE_CLOCKS } from "./clocks.ts";

/** PING frames while a connection is open. */
export interface PingTimers {
  /** The peer has sent something. */
  readonly heard: () => void;
  /** A stream was opened. */
  readonly opened: () => void;
  readonly stop: () => void;
}

/** The callback and the rules of PING frames. */
export interface PingTools {
  /** The peer has sent nothing for as long as it may. */
  readonly lost: () => void;
  /** Whether PING frames are sent without streams, too: a server does, and a client must not, as servers close its connection then. */
  readonly withoutStreams: boolean;
  readonly clocks?: Clocks;
}

/**
 * Sends a PING frame when a peer has been silent for an interval, and calls back when nothing comes in time after it. Anything counts that the
 * peer sends. A client is at rest without streams; the first one afterwards begins with a PING frame (as Go's gRPC library does).
 */
export function keepAlive(
  connection: Pick<Http2Connection, "ping" | "streams">,
  { interval, timeout }: Keepalive,
  { lost, withoutStreams, clocks = MACHINE_CLOCKS }: PingTools,
): PingTimers {
  const { elapsed, after } = clocks;
  let heardAt = elapsed();
  /** When a PING frame was sent after which nothing has come. */
  let sentAt: number | undefined;
  let cancel: (() => void) | undefined;

  const wait = (milliseconds: number) => {
    cancel = after(milliseconds, look);
  };
  const ping = () => {
    sentAt = elapsed();
    wait(timeout);
    connection.ping();
  };
  const look = () => {
    cancel = undefined;
    if (sentAt !== undefined) {
      lost();
      return;
    }
    const left = heardAt + interval - elapsed();
    if (left > 0) wait(left);
    else if (withoutStreams || connection.streams() > 0) ping();
  };
  wait(interval);
  return {
    heard() {
      heardAt = elapsed();
      if (sentAt === undefined) return;
      sentAt = undefined;
      cancel?.();
      wait(interval);
    },
    opened() {
      if (cancel === undefined) ping();
    },
    stop() {
      cancel?.();
      sentAt = undefined;
      cancel = () => {};
    },
  };
}
