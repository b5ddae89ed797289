import { append, clear, type ReceiveBuffer, receiveBuffer, take } from "../../http/receive-buffer.ts";

/** Bytes buffered for a peer before reading is paused. */
const HIGH_WATER = 65_536;

/** A socket of a client or server, encrypted or not. */
type Socket = Bun.Socket<ByteStream>;

/** Thrown by a write to a closed connection: the peer closed it, or it was cut. */
export class BrokenStream extends Error {
  override readonly name = "BrokenStream";
  constructor() {
    super("The connection was lost");
  }
}

/** Parses the received bytes; undefined while it needs more. */
export type Step<T> = (received: ReceiveBuffer, isAtEnd: boolean) => T | undefined;

/** How many connections have a limit on silence, which the runtime checks between two turns of its event loop. */
let limited = 0;

/** Returns how many connections have a limit on silence. */
export function limitedConnections(): number {
  return limited;
}

/**
 * A connection with an asynchronous reader and writer: one reader and one writer at a time. It is the one object of a connection and makes
 * others only when they are needed, so that thousands of idle connections use little memory.
 */
export class ByteStream {
  socket: Socket | undefined;
  readonly received: ReceiveBuffer = receiveBuffer();
  /** Reads more of a long message piece by piece while the connection is paused; undefined when only the runtime reads. */
  receive: ((socket: Socket) => Buffer | undefined) | undefined;
  isAtEnd = false;
  isClosed = false;
  isPaused = false;
  /** Reading has ended: further bytes are dropped. */
  isEnded = false;
  wakeReader = nothing;
  wakeWriter = nothing;
  /** Called once, when the connection is closed. */
  whenClosed = nothing;
  #over: AbortController | undefined;
  #isLimited = false;

  /** Returns a signal that is aborted when the connection is closed. */
  get closed(): AbortSignal {
    this.#over ??= new AbortController();
    if (this.isClosed) this.#over.abort();
    return this.#over.signal;
  }

  /** Calls a function once there are bytes to parse, or none will follow. Takes the place of a reader. */
  whenReadable(act: () => void): void {
    this.wakeReader = () => {
      this.wakeReader = nothing;
      act();
    };
    if (this.isAtEnd || this.received.bytes.length > 0) this.wakeReader();
    else resume(this);
  }

  /**
   * Returns what a step parses; it is called again with more bytes while it returns undefined.
   * @throws BrokenStream when the connection ends first
   */
  async next<T>(step: Step<T>): Promise<T> {
    for (;;) {
      const { isAtEnd } = this;
      const made = step(this.received, isAtEnd);
      if (made !== undefined) return made;
      if (isAtEnd) throw new BrokenStream();
      await more(this);
    }
  }

  /** Returns the next bytes, at most `limit`; undefined at the end. */
  async read(limit = Number.POSITIVE_INFINITY): Promise<Buffer | undefined> {
    while (this.received.bytes.length === 0) {
      if (this.isAtEnd) return undefined;
      await more(this);
    }
    return take(this.received, limit);
  }

  /** Resolves when the kernel has accepted all of it. @throws BrokenStream when the connection is closed */
  async write(bytes: Uint8Array | string): Promise<void> {
    let rest = typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes;
    for (;;) {
      if (this.isClosed) throw new BrokenStream();
      const taken = rest.length === 0 ? 0 : (this.socket?.write(rest) ?? -1);
      if (taken < 0) throw new BrokenStream();
      if (taken >= rest.length) return;
      rest = rest.subarray(taken);
      await new Promise<void>((resolve) => {
        this.wakeWriter = resolve;
      });
      this.wakeWriter = nothing;
    }
  }

  /** Delays small writes to send them together (no TCP_NODELAY), or sends them at once again. */
  gather(gathers: boolean): void {
    this.socket?.setNoDelay(!gathers);
  }

  /** Drops the bytes that were received, and those that follow. */
  dropRest(): void {
    this.isEnded = true;
    clear(this.received);
    resume(this);
  }

  /** Sends pending writes, then closes its side; later bytes of the peer are dropped. */
  end(): void {
    this.dropRest();
    this.socket?.end();
  }

  /** Closes its side, so that the peer sees the end and no reset; a peer that does not close its own within a second is cut off. */
  leave(): void {
    this.end();
    this.limitSilence(1);
  }

  /** Closes at once; the peer may see a reset. */
  cut(): void {
    this.socket?.terminate();
  }

  /** Cuts the connection after so many seconds without activity of the peer; 0: never. */
  limitSilence(seconds: number): void {
    this.socket?.timeout(seconds);
    this.#setLimited(seconds > 0 && !this.isClosed);
  }

  #setLimited(isLimited: boolean): void {
    if (this.#isLimited !== isLimited) limited += isLimited ? 1 : -1;
    this.#isLimited = isLimited;
  }

  /** The ALPN protocol of an encrypted connection; empty when there is none. */
  protocol(): string {
    return String(this.socket?.alpnProtocol || "");
  }

  /** Ends all waits: the connection is closed. */
  finish(): void {
    if (this.isClosed) return;
    this.isAtEnd = true;
    this.isClosed = true;
    this.#setLimited(false);
    this.#over?.abort();
    this.wakeReader();
    this.wakeWriter();
    this.whenClosed();
  }
}

/** Returns handlers for `Bun.listen` and `Bun.connect` whose data is a `ByteStream`; `opened` is called for each new connection. */
export function streamHandlers(opened: (stream: ByteStream, socket: Socket) => void): Bun.SocketHandler<ByteStream> {
  return {
    binaryType: "buffer",
    open(socket) {
      socket.data.socket = socket;
      opened(socket.data, socket);
    },
    data({ data: stream }, bytes) {
      if (stream.isEnded) return;
      append(stream.received, bytes);
      if (stream.received.bytes.length > HIGH_WATER && !stream.isPaused) {
        stream.isPaused = true;
        stream.socket?.pause();
      }
      stream.wakeReader();
    },
    drain({ data: stream }) {
      stream.wakeWriter();
    },
    end({ data: stream }) {
      stream.isAtEnd = true;
      stream.wakeReader();
    },
    timeout(socket) {
      socket.terminate();
    },
    error({ data: stream }) {
      stream.finish();
    },
    close({ data: stream }) {
      stream.finish();
    },
  };
}

function resume(stream: ByteStream): void {
  if (!stream.isPaused || stream.isClosed) return;
  stream.isPaused = false;
  stream.socket?.resume();
}

/** Waits for more bytes, or the end. */
async function more(stream: ByteStream): Promise<void> {
  const { socket } = stream;
  const received = stream.isPaused && !stream.isAtEnd && socket !== undefined ? stream.receive?.(socket) : undefined;
  if (received !== undefined) {
    append(stream.received, received);
    // Connections with pending data come first.
    return await new Promise((resolve) => void setImmediate(resolve));
  }
  resume(stream);
  await new Promise<void>((resolve) => {
    stream.wakeReader = resolve;
  });
  stream.wakeReader = nothing;
}

function nothing(): void {}
