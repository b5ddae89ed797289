/** The HTTP/2 frame types used by a single call (RFC 9113 §6). */
export const FRAME = { data: 0, headers: 1, reset: 3, settings: 4, ping: 6, goAway: 7, continuation: 9 } as const;
export const FLAG = { ack: 1, endStream: 1, endHeaders: 4, padded: 8, priority: 32 } as const;

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Uint8Array;
}

const PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const STREAM = 1;

/** Encodes a frame. */
export function frameBytes({ type, flags, stream, payload }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Encodes the start of a connection with one request; names are in lower case, pseudo-header fields first. */
export function requestFrames(fields: readonly (readonly [string, string])[], body: Uint8Array | undefined): Buffer {
  const ends = body === undefined ? FLAG.endStream : 0;
  const frames: readonly Frame[] = [
    // HEADER_TABLE_SIZE 0: the response cannot refer to a dynamic table.
    { type: FRAME.settings, flags: 0, stream: 0, payload: Buffer.from([0, 1, 0, 0, 0, 0]) },
    { type: FRAME.headers, flags: FLAG.endHeaders | ends, stream: STREAM, payload: Buffer.concat(fields.map(fieldBytes)) },
    ...(body === undefined ? [] : [{ type: FRAME.data, flags: FLAG.endStream, stream: STREAM, payload: body }]),
  ];
  return Buffer.concat([Buffer.from(PREFACE), ...frames.map(frameBytes)]);
}

/** Encodes a literal field without indexing and Huffman coding. */
function fieldBytes([name, value]: readonly [string, string]): Buffer {
  return Buffer.concat([Buffer.from([0]), stringBytes(name), stringBytes(value)]);
}

function stringBytes(text: string): Buffer {
  const bytes = Buffer.from(text.slice(0, 4_000));
  return Buffer.concat([Buffer.from(bytes.length < 127 ? [bytes.length] : [127, ...varint(bytes.length - 127)]), bytes]);
}

/** Encodes a number as a varint: seven bits per byte, lowest first, as in HPACK and protobuf. */
export function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
}

/** Returns a frame's payload without padding and priority. */
export function payloadOf({ flags, type, payload }: Frame): Uint8Array {
  const isPadded = (flags & FLAG.padded) !== 0;
  const padding = isPadded ? (payload[0] ?? 0) : 0;
  const start = (isPadded ? 1 : 0) + (type === FRAME.headers && (flags & FLAG.priority) !== 0 ? 5 : 0);
  return payload.subarray(start, Math.max(start, payload.length - padding));
}
