/** Types of HTTP/2 frames that one call meets (RFC 9113 §6). */
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

/** The bytes of a frame. */
export function frameBytes({ type, flags, stream, payload }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A whole connection's beginning with one request; names in lower case, those of HTTP/2's own first. */
export function requestFrames(fields: readonly (readonly [string, string])[], body: Uint8Array | undefined): Buffer {
  const ends = body === undefined ? FLAG.endStream : 0;
  const frames: readonly Frame[] = [
    // No table of header fields: whatever comes back stands for itself.
    { type: FRAME.settings, flags: 0, stream: 0, payload: Buffer.from([0, 1, 0, 0, 0, 0]) },
    { type: FRAME.headers, flags: FLAG.endHeaders | ends, stream: STREAM, payload: Buffer.concat(fields.map(fieldBytes)) },
    ...(body === undefined ? [] : [{ type: FRAME.data, flags: FLAG.endStream, stream: STREAM, payload: body }]),
  ];
  return Buffer.concat([Buffer.from(PREFACE), ...frames.map(frameBytes)]);
}

/** A literal field without indexing or Huffman's code. */
function fieldBytes([name, value]: readonly [string, string]): Buffer {
  return Buffer.concat([Buffer.from([0]), stringBytes(name), stringBytes(value)]);
}

function stringBytes(text: string): Buffer {
  const bytes = Buffer.from(text.slice(0, 4_000));
  return Buffer.concat([Buffer.from(bytes.length < 127 ? [bytes.length] : [127, ...variableLength(bytes.length - 127)]), bytes]);
}

/** Seven bits a byte, lowest first: lengths of HPACK and of protobuf. */
export function variableLength(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...variableLength(value >> 7)];
}

/** What a frame carries without its padding and priority. */
export function contentOf({ flags, type, payload }: Frame): Uint8Array {
  const isPadded = (flags & FLAG.padded) !== 0;
  const padding = isPadded ? (payload[0] ?? 0) : 0;
  const start = (isPadded ? 1 : 0) + (type === FRAME.headers && (flags & FLAG.priority) !== 0 ? 5 : 0);
  return payload.subarray(start, Math.max(start, payload.length - padding));
}
