import { type Http2Connection, openHttp2 } from "../../../http/http2/connection.ts";
import type { Http2Events, Http2Options } from "../../../http/http2/state.ts";

/** What a socket of the runtime does for a connection; -1 is a socket that is closed. */
export interface Http2Socket {
  readonly write: (bytes: Uint8Array, start: number, length: number) => number;
  readonly end: () => void;
  readonly terminate: () => void;
}

/** An HTTP/2 connection on a socket. */
export interface Transport {
  readonly connection: Http2Connection;
  /** Takes bytes that were received. Nothing may use them afterwards. */
  readonly receive: (bytes: Uint8Array) => void;
  /** The socket has room again. */
  readonly drain: () => void;
  /** Sends what there is now, not when everything that runs has returned. To be called once the connection is open. */
  readonly flush: () => void;
  /** Closes the socket when everything was sent that the peer reads at once. */
  readonly end: () => void;
}

/** Bytes that are written at once: almost as many as a socket takes. */
const AREA = 196_608;
/** Larger arrays are freed as soon as nobody needs them; smaller ones are no memory of their own. */
const LARGE = 4_096;

/** Where everything is put together that is sent next. All connections use it in turn; one that waits for room in its socket keeps it. */
let free: Uint8Array | undefined;

/** Opens a connection on a socket that is connected. */
export function openTransport(socket: Http2Socket, options: Omit<Http2Options, "now">, events: Omit<Http2Events, "output">): Transport {
  /** What the socket had no room for. */
  let rest: Uint8Array | undefined;
  let isBusy = false;
  /** Whether there may be something to send. Then `flush` will be called: at first by who opens this. */
  let hasOutput = true;

  /** Writes a part of an area. Returns whether the socket had room for all of it. */
  const write = (bytes: Uint8Array): boolean => {
    const taken = socket.write(bytes, 0, bytes.length);
    // A socket that is closed takes nothing; it reports that itself.
    if (taken >= 0 && taken < bytes.length) rest = bytes.subarray(taken);
    return taken >= bytes.length;
  };
  const flush = (waits = isBusy) => {
    if (waits || rest !== undefined || !hasOutput) return;
    isBusy = true;
    const area = free ?? new Uint8Array(AREA);
    free = undefined;
    for (let size = connection.fill(area); size > 0 && write(area.subarray(0, size)); size = connection.fill(area));
    hasOutput = rest !== undefined;
    if (rest === undefined) free = area;
    isBusy = false;
  };
  const output = () => {
    if (hasOutput) return;
    hasOutput = true;
    if (!isBusy) queueMicrotask(flush);
  };
  const connection = openHttp2({ ...options, now: () => performance.now() }, { ...events, output });
  return {
    connection,
    receive(bytes) {
      isBusy = true;
      connection.receive(bytes);
      isBusy = false;
      flush();
      release(bytes);
    },
    drain() {
      const waiting = rest;
      rest = undefined;
      if (waiting !== undefined) {
        if (!write(waiting)) return;
        free ??= new Uint8Array(waiting.buffer);
      }
      flush();
    },
    flush: () => flush(false),
    end() {
      flush(false);
      socket.end();
    },
  };
}

/** Frees the memory of received bytes instead of leaving it to a collection. */
function release({ buffer, byteLength }: Uint8Array): void {
  if (byteLength >= LARGE && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}
