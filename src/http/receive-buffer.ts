/** Bytes received from a peer and not yet read. */
export interface ReceiveBuffer {
  /** A view into `store`, which may have free space after it. */
  bytes: Buffer;
  store: Buffer;
  /** How many bytes were already searched for the end of a head. */
  searched: number;
}

const NOTHING = Buffer.alloc(0);
const LF = 10;
const CR = 13;

/** Creates an empty buffer. */
export function receiveBuffer(): ReceiveBuffer {
  return { bytes: NOTHING, store: NOTHING, searched: 0 };
}

/**
 * Appends received bytes. The store doubles in size when full, so a long head is copied at most twice, not once per packet; parts returned
 * by `take` are never overwritten.
 */
export function append(buffer: ReceiveBuffer, added: Buffer): void {
  const { bytes, store } = buffer;
  if (bytes.length === 0) {
    buffer.store = added;
    buffer.bytes = added;
    return;
  }
  const length = bytes.length + added.length;
  let start = bytes.byteOffset - store.byteOffset;
  if (start + length > store.length) {
    buffer.store = Buffer.allocUnsafeSlow(2 * length);
    bytes.copy(buffer.store);
    start = 0;
  }
  added.copy(buffer.store, start + bytes.length);
  buffer.bytes = buffer.store.subarray(start, start + length);
}

/** Takes up to `count` bytes. */
export function take(buffer: ReceiveBuffer, count: number): Buffer {
  const { bytes } = buffer;
  buffer.searched = 0;
  if (count >= bytes.length) {
    // The caller may free the returned bytes.
    clear(buffer);
    return bytes;
  }
  buffer.bytes = bytes.subarray(count);
  return bytes.subarray(0, count);
}

/** Discards all bytes and frees their memory. */
export function clear(buffer: ReceiveBuffer): void {
  buffer.bytes = NOTHING;
  buffer.store = NOTHING;
  buffer.searched = 0;
}

/** Takes a line without its line feed; "long" if it exceeds the limit in bytes, undefined if it is incomplete. */
export function takeLine(buffer: ReceiveBuffer, limit: number): Buffer | "long" | undefined {
  const at = buffer.bytes.indexOf(LF);
  if (at >= limit || (at < 0 && buffer.bytes.length >= limit)) return "long";
  return at < 0 ? undefined : take(buffer, at + 1).subarray(0, at);
}

/**
 * Takes the lines up to an empty one, without it; skips leading empty lines. Returns "long" if they exceed the limit in bytes, undefined if
 * they are incomplete.
 */
export function takeHead(buffer: ReceiveBuffer, limit: number): Buffer | "long" | undefined {
  while (buffer.bytes[0] === LF || (buffer.bytes[0] === CR && buffer.bytes[1] === LF)) take(buffer, buffer.bytes[0] === LF ? 1 : 2);
  const from = Math.max(0, buffer.searched - 2);
  const ends = ["\n\r\n", "\n\n"].map((mark) => buffer.bytes.indexOf(mark, from)).filter((at) => at >= 0);
  const end = Math.min(...ends);
  if (end < limit) {
    const head = take(buffer, end + 1);
    take(buffer, buffer.bytes[0] === CR ? 2 : 1);
    return head;
  }
  if (buffer.bytes.length >= limit) return "long";
  buffer.searched = buffer.bytes.length;
  return undefined;
}
