/** The frame types of HTTP/2 (RFC 9113 §6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

/** What is at the start of each frame. */
export interface FrameHead {
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
}

export interface Frame extends Omit<FrameHead, "length"> {
  readonly payload: Uint8Array;
}

/** Bytes of a frame before its payload. */
export const HEAD_SIZE = 9;
/** The largest payload of a frame, as long as the receiver has not allowed more. */
export const MAX_PAYLOAD = 16_384;
/** What a client sends first. */
export const PREFACE: Uint8Array = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

/** Writes the start of a frame, and returns where its payload begins. */
export function writeHead(area: Uint8Array, at: number, { length, type, flags, stream }: FrameHead): number {
  area[at] = length >>> 16;
  area[at + 1] = length >>> 8;
  area[at + 2] = length;
  area[at + 3] = type;
  area[at + 4] = flags;
  writeUint32(area, at + 5, stream);
  return at + HEAD_SIZE;
}

/** Encodes a frame. */
export function frameBytes({ payload, ...head }: Frame): Uint8Array {
  const bytes = new Uint8Array(HEAD_SIZE + payload.length);
  bytes.set(payload, writeHead(bytes, 0, { length: payload.length, ...head }));
  return bytes;
}

/** Encodes a frame whose payload is one number of 32 bits. */
export function numberFrame(type: number, stream: number, value: number): Uint8Array {
  const payload = new Uint8Array(4);
  writeUint32(payload, 0, value);
  return frameBytes({ type, flags: 0, stream, payload });
}

/** Encodes a header block as HEADERS, with as many CONTINUATION frames as it takes. */
export function headerFrames(stream: number, block: Uint8Array, endsStream: boolean): Uint8Array {
  const count = Math.max(1, Math.ceil(block.length / MAX_PAYLOAD));
  const bytes = new Uint8Array(block.length + count * HEAD_SIZE);
  let at = 0;
  for (let index = 0; index < count; index++) {
    const part = block.subarray(index * MAX_PAYLOAD, (index + 1) * MAX_PAYLOAD);
    const flags = (index === 0 && endsStream ? FLAG.endStream : 0) | (index === count - 1 ? FLAG.endHeaders : 0);
    at = writeHead(bytes, at, { length: part.length, type: index === 0 ? FRAME.headers : FRAME.continuation, flags, stream });
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** Returns a number of 24 bits; 0 beyond the end. */
export function readUint24(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
}

/** Returns a number of 32 bits; 0 beyond the end. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;
}

/** Writes a number of 32 bits. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
