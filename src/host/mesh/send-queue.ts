import { sizeOf } from "../../mesh/pieces.ts";
import type { Call, Message } from "./grpc.ts";

/** Bytes that may wait for the control plane before no more are received from Envoy, whose requests have a few kilobytes. */
const FULL = 16 * 1024 ** 2;

/** Messages that wait for a call. */
export interface SendQueue {
  /** Adds a message. It is sent after those before it, as soon as the call is open; its sender does not wait. */
  readonly send: (message: Message) => void;
  /** Returns what to wait for before more is received; undefined while there is room. */
  readonly room: () => Promise<void> | undefined;
}

/**
 * Opens the queue of a call. It has no limit for what is sent, and the receiver of requests waits while it is full: responses never wait
 * for requests, so that both sides cannot wait for each other (contract 1.30 §13c).
 */
export function openSendQueue(call: Promise<Call | undefined>, full = FULL): SendQueue {
  let waiting = 0;
  let room: PromiseWithResolvers<void> | undefined;
  return {
    send(message) {
      const size = sizeOf(message);
      waiting += size;
      call
        .then((opened) => opened?.send(message))
        .then(() => {
          waiting -= size;
          if (waiting > full) return;
          room?.resolve();
          room = undefined;
        });
    },
    room() {
      if (waiting <= full) return undefined;
      room ??= Promise.withResolvers();
      return room.promise;
    },
  };
}
