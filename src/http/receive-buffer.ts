/** Bytes of a peer that have come and were not read yet. */
export interface ReceiveBuffer {
  /** A part of `store`, which may have room behind it. */
  bytes: Buffer;
  store: Buffer;
  /** How many of them are known to hold no end of a head. */
  searched: number;
}

const NOTHING = Buffer.alloc(0);
const LF = 10;
const CR = 13;

/** Returns an empty buffer. */
export function receiveBuffer(): ReceiveBuffer {
  return { bytes: NOTHING, store: NOTHING, searched: 0 };
}

/**
 * Adds bytes behind those that wait. The store grows by doubling, so that a long head is copied twice at most, not once for each
 * of its pieces; a part that was taken is never written to again.
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

/** Takes so many bytes, or all there are. */
export function take(buffer: ReceiveBuffer, count: number): Buffer {
  const { bytes } = buffer;
  buffer.searched = 0;
  if (count >= bytes.length) {
    // The reader may free what it was given.
    clear(buffer);
    return bytes;
  }
  buffer.bytes = bytes.subarray(count);
  return bytes.subarray(0, count);
}

/** Drops all of it, and its memory. */
export function clear(buffer: ReceiveBuffer): void {
  buffer.bytes = NOTHING;
  buffer.store = NOTHING;
  buffer.searched = 0;
}

/** Takes a line, without its line feed; "long" when it does not end within so many bytes, undefined when its end has not come yet. */
export function takeLine(buffer: ReceiveBuffer, limit: number): Buffer | "long" | undefined {
  const at = buffer.bytes.indexOf(LF);
  if (at >= limit || (at < 0 && buffer.bytes.length >= limit)) return "long";
  return at < 0 ? undefined : take(buffer, at + 1).subarray(0, at);
}

/**
 * Takes the lines up to an empty one, without it; empty lines in front are passed over. "long" when they do not end within so many
 * bytes, undefined when their end has not come yet.
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
