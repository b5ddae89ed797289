import { FLAG, FRAME, frameBytes } from "../../src/http/http2/frames.ts";

/** The bytes of HTTP/2 and gRPC, also those that no client or server would send. */
export { FLAG, FRAME, frameBytes };

export const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const NOTHING = Buffer.alloc(0);

/** Encodes a frame of any type. */
export function frame(type: number, flags: number, stream: number, payload: Uint8Array = NOTHING): Buffer {
  return Buffer.from(frameBytes({ type, flags, stream, payload }));
}

/** Encodes header fields as literals without indexing and Huffman coding. */
export function fields(list: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(list.flatMap(([name, value]) => [Buffer.of(0), text(name), text(value)]));
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value, "latin1");
  return Buffer.concat([Buffer.from(bytes.length < 127 ? [bytes.length] : [127, ...varint(bytes.length - 127)]), bytes]);
}

function varint(value: number): readonly number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

/** The largest payload that a frame may have by default. */
const LARGEST = 16_384;

/** Encodes a header block, in as many frames as it needs. */
export function headers(stream: number, list: readonly (readonly [name: string, value: string])[], { endStream = false } = {}): Buffer {
  const block = fields(list);
  const parts = Array.from({ length: Math.max(1, Math.ceil(block.length / LARGEST)) }, (_, index) =>
    block.subarray(index * LARGEST, (index + 1) * LARGEST),
  );
  return Buffer.concat(
    parts.map((part, index) =>
      frame(
        index === 0 ? FRAME.headers : FRAME.continuation,
        (index === parts.length - 1 ? FLAG.endHeaders : 0) | (index === 0 && endStream ? FLAG.endStream : 0),
        stream,
        part,
      ),
    ),
  );
}

/** The header fields of a gRPC request. */
export function requestFields(path: string, more: readonly (readonly [string, string])[] = []): readonly (readonly [string, string])[] {
  return [
    [":method", "POST"],
    [":scheme", "http"],
    [":path", path],
    [":authority", "localhost"],
    ["content-type", "application/grpc"],
    ["te", "trailers"],
    ...more,
  ];
}

export const RESPONSE_FIELDS: readonly (readonly [string, string])[] = [
  [":status", "200"],
  ["content-type", "application/grpc"],
];

/** Encodes the frames of data, in as many as it needs. */
export function data(stream: number, bytes: Uint8Array, { endStream = false, size = LARGEST } = {}): Buffer {
  const count = Math.max(1, Math.ceil(bytes.length / size));
  return Buffer.concat(
    Array.from({ length: count }, (_, index) =>
      frame(FRAME.data, endStream && index === count - 1 ? FLAG.endStream : 0, stream, bytes.subarray(index * size, (index + 1) * size)),
    ),
  );
}

/** Encodes gRPC's prefix of a message, and the message; `length` and `flag` may be untrue. */
export function grpcMessage(message: Uint8Array, { flag = 0, length = message.length } = {}): Buffer {
  const prefix = Buffer.alloc(5);
  prefix[0] = flag;
  prefix.writeUInt32BE(length, 1);
  return Buffer.concat([prefix, message]);
}

export const SETTINGS = frame(FRAME.settings, 0, 0);
export const SETTINGS_ACK = frame(FRAME.settings, FLAG.ack, 0);

/** Encodes a GOAWAY frame. */
export function goAway(lastStream: number, code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(lastStream, 0);
  payload.writeUInt32BE(code, 4);
  return frame(FRAME.goAway, 0, 0, payload);
}

/** Encodes a RST_STREAM frame. */
export function reset(stream: number, code: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(code);
  return frame(FRAME.reset, 0, stream, payload);
}

/** Encodes a WINDOW_UPDATE frame. */
export function windowUpdate(stream: number, increment: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(increment);
  return frame(8, 0, stream, payload);
}
