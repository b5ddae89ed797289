import { FRAME, type FrameHead, HEAD_SIZE, readUint24, readUint32 } from "./frames.ts";

/** What is done with frames. */
export interface FrameConsumer {
  /** A frame begins. @throws Http2Error when it must not */
  readonly begin: (head: FrameHead) => void;
  /** Takes whole frames between two places at once, if they are of the kind that comes in large numbers. Returns where others begin. */
  readonly run: (bytes: Uint8Array, start: number, end: number) => number;
  /** A part of the payload of a DATA frame: what was received between two places. `left`: how many bytes follow. */
  readonly data: (bytes: Uint8Array, start: number, end: number, left: number) => void;
  /** The payload of any other frame. It is valid during the call only. */
  readonly payload: (head: FrameHead, bytes: Uint8Array) => void;
}

/** A frame that is being received. */
interface Incoming extends FrameHead {
  /** Bytes of the payload that are missing. */
  left: number;
  /** What is known of a payload that comes in parts, unless it is DATA. */
  payload: Uint8Array | undefined;
}

/** Splits received bytes into frames. The payload of DATA is passed on in the parts in which it comes. */
export function frameReader(consumer: FrameConsumer): (bytes: Uint8Array) => void {
  const partial = new Uint8Array(HEAD_SIZE);
  let known = 0;
  let incoming: Incoming | undefined;

  /** Begins the frame whose first bytes are at a place. */
  const begin = (bytes: Uint8Array, at: number): void => {
    const frame = frameAt(bytes, at);
    consumer.begin(frame);
    incoming = frame;
  };
  /** Reads the start of a frame. Returns where its payload begins. */
  const readHead = (bytes: Uint8Array, at: number, size: number): number => {
    if (known === 0 && size - at >= HEAD_SIZE) {
      begin(bytes, at);
      return at + HEAD_SIZE;
    }
    const taken = bytes.subarray(at, at + HEAD_SIZE - known);
    partial.set(taken, known);
    known += taken.length;
    if (known === HEAD_SIZE) {
      known = 0;
      begin(partial, 0);
    }
    return at + taken.length;
  };
  /** Reads a part of a payload. Returns where it ends. */
  const readPayload = (frame: Incoming, bytes: Uint8Array, at: number, size: number): number => {
    const end = Math.min(size, at + frame.left);
    frame.left -= end - at;
    if (frame.left === 0) incoming = undefined;
    if (frame.type === FRAME.data) consumer.data(bytes, at, end, frame.left);
    else collect(frame, bytes.subarray(at, end));
    return end;
  };
  const collect = (frame: Incoming, part: Uint8Array) => {
    const { length, left } = frame;
    if (part.length < length) {
      frame.payload ??= new Uint8Array(length);
      frame.payload.set(part, length - left - part.length);
    }
    if (left === 0) consumer.payload(frame, frame.payload ?? part);
  };

  return (bytes) => {
    // The length of an array is a call in the interpreter.
    const size = bytes.length;
    let at = 0;
    while (at < size || incoming?.left === 0) {
      if (incoming === undefined && known === 0) at = consumer.run(bytes, at, size);
      if (incoming !== undefined) at = readPayload(incoming, bytes, at, size);
      else if (at < size) at = readHead(bytes, at, size);
    }
  };
}

function frameAt(bytes: Uint8Array, at: number): Incoming {
  const length = readUint24(bytes, at);
  return {
    length,
    type: bytes[at + 3] ?? 0,
    flags: bytes[at + 4] ?? 0,
    // The first bit is reserved.
    stream: readUint32(bytes, at + 5) & 0x7fff_ffff,
    left: length,
    payload: undefined,
  };
}
