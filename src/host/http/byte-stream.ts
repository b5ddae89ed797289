/** Most bytes kept of what a peer has sent and nobody has read yet; beyond it the peer has to wait. */
const HIGH_WATER = 65_536;

/** What a stream does with a socket; `Bun.Socket` of both sides of a connection, encrypted or not. */
type Socket = Bun.Socket<Wire>;

/** Thrown by a write to a connection that has ended: the peer has gone, or the connection was cut. */
export class BrokenStream extends Error {
  override readonly name = "BrokenStream";
  constructor() {
    super("The connection is gone");
  }
}

const NOTHING = Buffer.alloc(0);
const LF = 10;
const CR = 13;

/** A connection as a reader and a writer that both wait. One reader and one writer at a time. */
export interface ByteStream {
  /** Bytes up to and with the first `mark`; undefined when the peer ends before, "long" beyond the limit. */
  readonly readUntil: (mark: string, limit: number) => Promise<Buffer | "long" | undefined>;
  /** The lines up to an empty one, without it; empty lines in front are passed over. Undefined when the peer ends before. */
  readonly readHead: (limit: number) => Promise<Buffer | "long" | undefined>;
  /** The next bytes, at most `limit` of them; undefined at the end. */
  readonly read: (limit?: number) => Promise<Buffer | undefined>;
  /** Resolves when the system has taken all of it. @throws BrokenStream when the connection is gone */
  readonly write: (bytes: Uint8Array | string) => Promise<void>;
  /** Sends what is written, then closes its side; whatever the peer still sends is dropped. */
  readonly end: () => void;
  /** Closes at once; a peer that still reads sees a reset or an early end. */
  readonly cut: () => void;
  /** Seconds without a sign of the peer after which the connection is cut; 0 is never. */
  readonly limitSilence: (seconds: number) => void;
  /** The protocol an encrypted connection agreed on; empty for none. */
  readonly protocol: () => string;
  readonly closed: AbortSignal;
  /** How many bytes have come that were not read. */
  readonly waiting: () => number;
  /** Resolves when there is something to read, or nothing more to come. */
  readonly ready: () => Promise<void>;
}

/** The state of one connection that its handlers share. */
export interface Wire {
  socket: Socket | undefined;
  /** What has come and was not read yet: a part of `store`, which may have room behind it. */
  received: Buffer;
  store: Buffer;
  isAtEnd: boolean;
  isPaused: boolean;
  /** Nobody reads any more: what still comes is dropped. */
  isEnded: boolean;
  wakeReader: () => void;
  wakeWriter: () => void;
  readonly over: AbortController;
}

/** A new connection's state. */
export function wireOf(): Wire {
  return {
    socket: undefined,
    received: NOTHING,
    store: NOTHING,
    isAtEnd: false,
    isPaused: false,
    isEnded: false,
    wakeReader: nothing,
    wakeWriter: nothing,
    over: new AbortController(),
  };
}

/** Handlers for `Bun.listen` and `Bun.connect` that keep a `Wire`; `opened` is told of a connection that stands. */
export function wireHandlers(opened: (wire: Wire, socket: Socket) => void): Bun.SocketHandler<Wire> {
  return {
    binaryType: "buffer",
    open(socket) {
      socket.data.socket = socket;
      opened(socket.data, socket);
    },
    data({ data: wire }, bytes) {
      if (wire.isEnded) return;
      append(wire, bytes);
      if (wire.received.length > HIGH_WATER && !wire.isPaused) {
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

/**
 * Puts bytes behind those that wait. The store grows by doubling, so that a long head is copied twice at most, not once for each
 * of its pieces; a part that was read is never written to again.
 */
function append(wire: Wire, bytes: Buffer): void {
  const { received, store } = wire;
  if (received.length === 0) {
    wire.store = bytes;
    wire.received = bytes;
    return;
  }
  const length = received.length + bytes.length;
  let start = received.byteOffset - store.byteOffset;
  if (start + length > store.length) {
    wire.store = Buffer.allocUnsafeSlow(2 * length);
    received.copy(wire.store);
    start = 0;
  }
  bytes.copy(wire.store, start + received.length);
  wire.received = wire.store.subarray(start, start + length);
}

function finish(wire: Wire): void {
  wire.isAtEnd = true;
  wire.over.abort();
  wire.wakeReader();
  wire.wakeWriter();
}

function end(wire: Wire): void {
  wire.isEnded = true;
  wire.received = NOTHING;
  wire.store = NOTHING;
  resume(wire);
  wire.socket?.end();
}

/** The waiting reader and writer of a connection. */
export function byteStream(wire: Wire): ByteStream {
  return {
    readUntil: (mark, limit) => readUntil(wire, mark, limit),
    readHead: (limit) => readHead(wire, limit),
    read: (limit) => read(wire, limit),
    write: (bytes) => write(wire, bytes),
    end: () => end(wire),
    cut: () => wire.socket?.terminate(),
    limitSilence: (seconds) => wire.socket?.timeout(seconds),
    protocol: () => String(wire.socket?.alpnProtocol || ""),
    closed: wire.over.signal,
    waiting: () => wire.received.length,
    async ready() {
      while (wire.received.length === 0 && !wire.isAtEnd) await more(wire);
    },
  };
}

async function readUntil(wire: Wire, mark: string, limit: number): Promise<Buffer | "long" | undefined> {
  for (let seen = 0; ; ) {
    const at = wire.received.indexOf(mark, Math.max(0, seen - mark.length));
    if (at >= 0 && at + mark.length <= limit) return take(wire, at + mark.length);
    if (at >= 0 || wire.received.length >= limit) return "long";
    seen = wire.received.length;
    if (wire.isAtEnd) return undefined;
    await more(wire);
  }
}

async function readHead(wire: Wire, limit: number): Promise<Buffer | "long" | undefined> {
  for (let seen = 0; ; ) {
    while (wire.received[0] === LF || (wire.received[0] === CR && wire.received[1] === LF)) take(wire, wire.received[0] === LF ? 1 : 2);
    const from = Math.max(0, seen - 2);
    const ends = ["\n\r\n", "\n\n"].map((mark) => wire.received.indexOf(mark, from)).filter((at) => at >= 0);
    const end = Math.min(...ends);
    if (end < limit) {
      const head = take(wire, end + 1);
      take(wire, wire.received[0] === CR ? 2 : 1);
      return head;
    }
    if (wire.received.length >= limit) return "long";
    seen = wire.received.length;
    if (wire.isAtEnd) return undefined;
    await more(wire);
  }
}

async function read(wire: Wire, limit = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
  while (wire.received.length === 0) {
    if (wire.isAtEnd) return undefined;
    await more(wire);
  }
  return take(wire, Math.min(limit, wire.received.length));
}

function take(wire: Wire, count: number): Buffer {
  const taken = wire.received.subarray(0, count);
  if (count === wire.received.length) {
    // The reader may free what it was given.
    wire.received = NOTHING;
    wire.store = NOTHING;
    return taken;
  }
  wire.received = wire.received.subarray(count);
  return taken;
}

function resume(wire: Wire): void {
  if (!wire.isPaused || wire.over.signal.aborted) return;
  wire.isPaused = false;
  wire.socket?.resume();
}

async function more(wire: Wire): Promise<void> {
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
