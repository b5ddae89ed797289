import { FRAME, type FrameHead, HEAD_SIZE, readUint32 } from "./frames.ts";

/** What is done with frames. */
export interface FrameConsumer {
  /** A frame begins. @throws Http2Error when it must not */
  readonly begin: (head: FrameHead) => void;
  /** A part of the payload of a DATA frame as it was received, not copied. `left`: how many bytes follow. */
  readonly data: (bytes: Uint8Array, left: number) => void;
  /** The payload of any other frame. It is valid during the call only. */
  readonly payload: (head: FrameHead, bytes: Uint8Array) => void;
}

/** A frame that is being received. */
interface Incoming {
  readonly head: FrameHead;
  left: number;
  /** What is known of its payload, unless it is DATA. */
  readonly payload: Uint8Array | undefined;
}

const NOTHING = new Uint8Array(0);

/** Splits received bytes into frames. The payload of DATA is passed on in the pieces in which it comes. */
export function frameReader(consumer: FrameConsumer): (bytes: Uint8Array) => void {
  const partial = new Uint8Array(HEAD_SIZE);
  let known = 0;
  let incoming: Incoming | undefined;

  /** Begins a frame whose first bytes are at a place. Returns whether nothing follows them. */
  const begin = (bytes: Uint8Array, at: number): void => {
    const head = headAt(bytes, at);
    consumer.begin(head);
    incoming = { head, left: head.length, payload: undefined };
  };
  /** Reads the start of a frame. Returns where its payload begins. */
  const readHead = (bytes: Uint8Array, at: number): number => {
    if (known === 0 && bytes.length - at >= HEAD_SIZE) {
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
  /** Reads a part of a payload. */
  const readPayload = (frame: Incoming, bytes: Uint8Array, at: number): number => {
    const next = Math.min(bytes.length, at + frame.left);
    const part = next === at ? NOTHING : bytes.subarray(at, next);
    frame.left -= part.length;
    if (frame.left === 0) incoming = undefined;
    if (frame.head.type === FRAME.data) consumer.data(part, frame.left);
    else if (frame.payload === undefined && frame.left === 0) consumer.payload(frame.head, part);
    else collect(frame, part);
    return next;
  };
  const collect = ({ head, left, payload }: Incoming, part: Uint8Array) => {
    const whole = payload ?? new Uint8Array(head.length);
    whole.set(part, head.length - left - part.length);
    if (left > 0) incoming = { head, left, payload: whole };
    else consumer.payload(head, whole);
  };

  return (bytes) => {
    let at = 0;
    while (at < bytes.length || incoming?.left === 0) at = incoming === undefined ? readHead(bytes, at) : readPayload(incoming, bytes, at);
  };
}

function headAt(bytes: Uint8Array, at: number): FrameHead {
  return {
    length: ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0),
    type: bytes[at + 3] ?? 0,
    flags: bytes[at + 4] ?? 0,
    // The first bit is reserved.
    stream: readUint32(bytes, at + 5) & 0x7fff_ffff,
  };
}
