import { append, clear, type ReceiveBuffer, receiveBuffer, take } from "../../http/receive-buffer.ts";

/** Bytes buffered for a peer before reading is paused. */
const HIGH_WATER = 65_536;

/** A socket of a client or server, encrypted or not. */
type Socket = Bun.Socket<Wire>;

/** Thrown by a write to a closed connection: the peer closed it, or it was cut. */
export class BrokenStream extends Error {
  override readonly name = "BrokenStream";
  constructor() {
    super("The connection was lost");
  }
}

/** Parses the received bytes; undefined while it needs more. */
type Step<T> = (received: ReceiveBuffer, isAtEnd: boolean) => T | undefined;

/** A connection with an asynchronous reader and writer. One reader and one writer at a time. */
export interface ByteStream {
  /**
   * Returns what a step parses; it is called again with more bytes while it returns undefined.
   * @throws BrokenStream when the connection ends first
   */
  readonly next: <T>(step: Step<T>) => Promise<T>;
  /** Returns the next bytes, at most `limit`; undefined at the end. */
  readonly read: (limit?: number) => Promise<Buffer | undefined>;
  /** Resolves when the kernel has accepted all of it. @throws BrokenStream when the connection is closed */
  readonly write: (bytes: Uint8Array | string) => Promise<void>;
  /** Delays small writes to send them together (no TCP_NODELAY), or sends them at once again. */
  readonly gather: (gathers: boolean) => void;
  /** Sends pending writes, then closes its side; later bytes of the peer are dropped. */
  readonly end: () => void;
  /** Closes at once; the peer may see a reset. */
  readonly cut: () => void;
  /** Cuts the connection after so many seconds without activity of the peer; 0: never. */
  readonly limitSilence: (seconds: number) => void;
  /** The ALPN protocol of an encrypted connection; empty when there is none. */
  readonly protocol: () => string;
  readonly closed: AbortSignal;
}

/** The state of a connection, shared by its handlers. */
export interface Wire {
  socket: Socket | undefined;
  readonly received: ReceiveBuffer;
  isAtEnd: boolean;
  isPaused: boolean;
  /** Reads more of a long message piece by piece while the connection is paused; undefined when only the runtime reads. */
  receive: ((socket: Socket) => Buffer | undefined) | undefined;
  /** Reading has ended: further bytes are dropped. */
  isEnded: boolean;
  wakeReader: () => void;
  wakeWriter: () => void;
  readonly over: AbortController;
}

/** Returns the state of a new connection. */
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
    // Connections with pending data come first.
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
