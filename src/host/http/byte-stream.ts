import { append, clear, type ReceiveBuffer, receiveBuffer, take } from "../../http/receive-buffer.ts";

/** Most bytes that are kept unread for a peer; beyond that it has to wait. */
const HIGH_WATER = 65_536;

/** A socket of either side of a connection, encrypted or not. */
type Socket = Bun.Socket<Wire>;

/** Thrown by a write to a connection that has ended: the peer has gone, or the connection was cut. */
export class BrokenStream extends Error {
  override readonly name = "BrokenStream";
  constructor() {
    super("The connection was lost");
  }
}

/** Makes something of the bytes that have come; undefined while it needs more of them. */
type Step<T> = (received: ReceiveBuffer, isAtEnd: boolean) => T | undefined;

/** A connection as a reader and a writer that both wait. One reader and one writer at a time. */
export interface ByteStream {
  /**
   * What a step makes of the bytes that have come. It is tried again with more of them while it makes nothing.
   * @throws BrokenStream when it makes nothing of the end
   */
  readonly next: <T>(step: Step<T>) => Promise<T>;
  /** The next bytes, at most `limit` of them; undefined at the end. */
  readonly read: (limit?: number) => Promise<Buffer | undefined>;
  /** Resolves when the system has taken all of it. @throws BrokenStream when the connection is gone */
  readonly write: (bytes: Uint8Array | string) => Promise<void>;
  /** Whether small writes wait for more to go with; what has waited goes when they no longer do. */
  readonly gather: (gathers: boolean) => void;
  /** Sends what is written, then closes its side; whatever the peer still sends is dropped. */
  readonly end: () => void;
  /** Closes at once; a peer that still reads sees a reset or an early end. */
  readonly cut: () => void;
  /** Seconds without a sign of the peer after which the connection is cut; 0 is never. */
  readonly limitSilence: (seconds: number) => void;
  /** The protocol an encrypted connection agreed on; empty for none. */
  readonly protocol: () => string;
  readonly closed: AbortSignal;
}

/** The state of one connection that its handlers share. */
export interface Wire {
  socket: Socket | undefined;
  readonly received: ReceiveBuffer;
  isAtEnd: boolean;
  isPaused: boolean;
  /** Takes more of a long message piece by piece while the connection is paused; undefined where the runtime alone reads. */
  receive: ((socket: Socket) => Buffer | undefined) | undefined;
  /** Nothing is read any more: what still comes is dropped. */
  isEnded: boolean;
  wakeReader: () => void;
  wakeWriter: () => void;
  readonly over: AbortController;
}

/** Returns a new connection's state. */
export function wireOf(): Wire {
  return {
    socket: undefined,
    received: receiveBuffer(),
    isAtEnd: false,
    isPaused: false,
    receive: undefined,
    isEnded: false,
    wakeReader: nothing,
    wakeWriter: nothing,
    over: new AbortController(),
  };
}

/** Returns handlers for `Bun.listen` and `Bun.connect` that keep a `Wire`; `opened` is called for each new connection. */
export function wireHandlers(opened: (wire: Wire, socket: Socket) => void): Bun.SocketHandler<Wire> {
  return {
    binaryType: "buffer",
    open(socket) {
      socket.data.socket = socket;
      opened(socket.data, socket);
    },
    data({ data: wire }, bytes) {
      if (wire.isEnded) return;
      append(wire.received, bytes);
      if (wire.received.bytes.length > HIGH_WATER && !wire.isPaused) {
        wire.isPaused = true;
        wire.socket?.pause();
      }
      wire.wakeReader();
    },
    drain({ data: wire }) {
      wire.wakeWriter();
    },
    end({ data: wire }) {
      wire.isAtEnd = true;
      wire.wakeReader();
    },
    timeout(socket) {
      socket.terminate();
    },
    error({ data: wire }) {
      finish(wire);
    },
    close({ data: wire }) {
      finish(wire);
    },
  };
}

function finish(wire: Wire): void {
  wire.isAtEnd = true;
  wire.over.abort();
  wire.wakeReader();
  wire.wakeWriter();
}

function end(wire: Wire): void {
  wire.isEnded = true;
  clear(wire.received);
  resume(wire);
  wire.socket?.end();
}

/** Returns the reader and writer of a connection. */
export function byteStream(wire: Wire): ByteStream {
  return {
    next: (step) => next(wire, step),
    read: (limit) => read(wire, limit),
    write: (bytes) => write(wire, bytes),
    gather: (gathers) => void wire.socket?.setNoDelay(!gathers),
    end: () => end(wire),
    cut: () => wire.socket?.terminate(),
    limitSilence: (seconds) => wire.socket?.timeout(seconds),
    protocol: () => String(wire.socket?.alpnProtocol || ""),
    closed: wire.over.signal,
  };
}

async function next<T>(wire: Wire, step: Step<T>): Promise<T> {
  for (;;) {
    const { isAtEnd } = wire;
    const made = step(wire.received, isAtEnd);
    if (made !== undefined) return made;
    if (isAtEnd) throw new BrokenStream();
    await more(wire);
  }
}

async function read(wire: Wire, limit = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
  while (wire.received.bytes.length === 0) {
    if (wire.isAtEnd) return undefined;
    await more(wire);
  }
  return take(wire.received, limit);
}

function resume(wire: Wire): void {
  if (!wire.isPaused || wire.over.signal.aborted) return;
  wire.isPaused = false;
  wire.socket?.resume();
}

async function more(wire: Wire): Promise<void> {
  const { socket } = wire;
  const received = wire.isPaused && !wire.isAtEnd && socket !== undefined ? wire.receive?.(socket) : undefined;
  if (received !== undefined) {
    append(wire.received, received);
    // Other connections with something to read come first.
    return await new Promise((resolve) => void setImmediate(resolve));
  }
  resume(wire);
  await new Promise<void>((resolve) => {
    wire.wakeReader = resolve;
  });
  wire.wakeReader = nothing;
}

async function write(wire: Wire, bytes: Uint8Array | string): Promise<void> {
  let rest = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
  for (;;) {
    if (wire.over.signal.aborted) throw new BrokenStream();
    const taken = rest.length === 0 ? 0 : (wire.socket?.write(rest) ?? -1);
    if (taken < 0) throw new BrokenStream();
    if (taken >= rest.length) return;
    rest = rest.subarray(taken);
    await new Promise<void>((resolve) => {
      wire.wakeWriter = resolve;
    });
    wire.wakeWriter = nothing;
  }
}

function nothing(): void {}
