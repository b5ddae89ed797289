/** Types of HTTP/2 frames that a health check meets (RFC 9113 §6). */
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
/** SERVING of HealthCheckResponse. */
const SERVING = 1;
/** `grpc-status` in Huffman's code, as most servers write names (RFC 7541 §5.2). */
const STATUS_CODED = "9acac8b21234da8f";

/** The bytes of a frame. */
export function frameBytes({ type, flags, stream, payload }: Frame): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A whole connection's beginning that asks for one service's health, without encryption (spec 1.30 §10.4). */
export function healthRequest(service: string, authority: string, userAgent: string): Buffer {
  const fields = [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", "/grpc.health.v1.Health/Check"],
    [":authority", authority],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ["user-agent", userAgent],
  ] as const;
  const frames: readonly Frame[] = [
    // No table of header fields: whatever comes back stands for itself.
    { type: FRAME.settings, flags: 0, stream: 0, payload: Buffer.from([0, 1, 0, 0, 0, 0]) },
    { type: FRAME.headers, flags: FLAG.endHeaders, stream: STREAM, payload: Buffer.concat(fields.map(fieldBytes)) },
    { type: FRAME.data, flags: FLAG.endStream, stream: STREAM, payload: message(service) },
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
function variableLength(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...variableLength(value >> 7)];
}

/** HealthCheckRequest, framed as gRPC does; field 1 is the service. */
function message(service: string): Buffer {
  const name = Buffer.from(service);
  const body = name.length === 0 ? name : Buffer.concat([Buffer.from([10, ...variableLength(name.length)]), name]);
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** What a frame carries without its padding and priority. */
export function contentOf({ flags, type, payload }: Frame): Uint8Array {
  const isPadded = (flags & FLAG.padded) !== 0;
  const padding = isPadded ? (payload[0] ?? 0) : 0;
  const start = (isPadded ? 1 : 0) + (type === FRAME.headers && (flags & FLAG.priority) !== 0 ? 5 : 0);
  return payload.subarray(start, Math.max(start, payload.length - padding));
}

/** Why an answer is not SERVING; undefined when it is. `block` are the last header fields, `body` the data. */
export function healthProblem(block: Uint8Array, body: Uint8Array): string | undefined {
  const status = grpcStatus(block);
  if (status !== undefined && status !== "0") return `the health service answers status ${status}`;
  if (body.length < 5) return "the health service gives no answer";
  const health = body[5] === 8 ? body[6] : 0;
  return health === SERVING ? undefined : `the health service says ${health}, not SERVING`;
}

/**
 * The value of `grpc-status` in a block of header fields. The name is in no static table and this connection is new, so it
 * stands as a literal; other fields are passed over undecoded.
 */
export function grpcStatus(block: Uint8Array): string | undefined {
  const bytes = Buffer.from(block);
  for (let at = 0; at < bytes.length; ) {
    const first = bytes[at] ?? 0;
    const bits = first & 128 ? 7 : first & 64 ? 6 : first & 32 ? 5 : 4;
    const index = integerAt(bytes, at, bits);
    at = index.next;
    if (first & 128 || (first & 224) === 32) continue;
    const name = index.value === 0 ? textAt(bytes, at) : undefined;
    const value = textAt(bytes, name?.next ?? at);
    at = value.next;
    const isStatus = name?.isCoded === true ? name.bytes.toString("hex") === STATUS_CODED : name?.bytes.toString() === "grpc-status";
    if (isStatus) return value.isCoded ? decodedDigits(value.bytes) : value.bytes.toString("latin1");
  }
  return undefined;
}

/** Digits in Huffman's code (RFC 7541 appendix B): 0 to 2 have five bits, 3 to 9 six. */
function decodedDigits(bytes: Buffer): string {
  let bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  let digits = "";
  for (;;) {
    const five = Number.parseInt(bits.slice(0, 5), 2);
    const six = Number.parseInt(bits.slice(0, 6), 2);
    if (bits.length >= 5 && five <= 2) digits += five;
    else if (bits.length >= 6 && six >= 0x19 && six <= 0x1f) digits += six - 0x19 + 3;
    else return /^1{0,7}$/.test(bits) ? digits : "unreadable";
    bits = bits.slice(five <= 2 ? 5 : 6);
  }
}

function integerAt(bytes: Buffer, at: number, bits: number): { readonly value: number; readonly next: number } {
  const most = 2 ** bits - 1;
  let value = (bytes[at] ?? 0) & most;
  let next = at + 1;
  if (value < most) return { value, next };
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[next++] ?? 0;
    value += (byte & 127) << shift;
    if (byte < 128) break;
  }
  return { value, next };
}

function textAt(bytes: Buffer, at: number): { readonly bytes: Buffer; readonly isCoded: boolean; readonly next: number } {
  const { value: length, next } = integerAt(bytes, at, 7);
  return { bytes: bytes.subarray(next, next + length), isCoded: ((bytes[at] ?? 0) & 128) !== 0, next: next + length };
}
