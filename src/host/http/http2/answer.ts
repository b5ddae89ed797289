import { FLAG, FRAME, type Frame, frameBytes, payloadOf } from "../../../http/http2/frames.ts";
import type { ByteStream } from "../byte-stream.ts";

/** The methods of a connection that are used. */
type Ends = Pick<ByteStream, "read" | "write">;

/** The default maximum frame size, which no SETTINGS frame of ours raises. */
const LONGEST = 16_384;
const MOST_BYTES = 1_048_576;

/** The answer on the only stream of a connection. */
export interface Http2Answer {
  /** The header block at its start, and the trailer block at its end; the same when there is no trailer. */
  readonly first: Uint8Array;
  readonly last: Uint8Array;
  readonly body: Buffer;
}

/**
 * Reads an answer to its end, or up to a number of bytes of its body: the peer may not send more than its initial window. @throws Error
 * when the answer is invalid or incomplete
 */
export async function http2Answer(stream: Ends, limit: number): Promise<Http2Answer> {
  let first: Buffer | undefined;
  let block: Buffer = Buffer.alloc(0);
  let body: Buffer = Buffer.alloc(0);
  let ends = false;
  for (let size = 0; size < MOST_BYTES; ) {
    const frame = await frameOf(stream);
    size += frame.payload.length + 9;
    const { type, flags } = frame;
    if (type === FRAME.settings && (flags & FLAG.ack) === 0) await acknowledge(stream, frame, Buffer.alloc(0));
    if (type === FRAME.ping && (flags & FLAG.ack) === 0) await acknowledge(stream, frame, frame.payload);
    if (type === FRAME.reset) throw new Error("the peer has reset the call");
    if (type === FRAME.goAway) throw new Error("the peer closes the connection");
    if (type === FRAME.data) body = Buffer.concat([body, payloadOf(frame)]);
    if (body.length >= limit) return { first: first ?? block, last: block, body };
    if (type === FRAME.headers) block = Buffer.from(payloadOf(frame));
    if (type === FRAME.continuation) block = Buffer.concat([block, frame.payload]);
    if (type === FRAME.data || type === FRAME.headers) ends = (flags & FLAG.endStream) !== 0;
    if ((type === FRAME.headers || type === FRAME.continuation) && (flags & FLAG.endHeaders) !== 0) first ??= block;
    if (ends && (type === FRAME.data || (flags & FLAG.endHeaders) !== 0)) return { first: first ?? block, last: block, body };
  }
  throw new Error("the response has no end");
}

async function acknowledge(stream: Ends, { type }: Frame, payload: Uint8Array): Promise<void> {
  await stream.write(frameBytes({ type, flags: FLAG.ack, stream: 0, payload }));
}

async function frameOf(stream: Ends): Promise<Frame> {
  const head = await exactly(stream, 9);
  const length = head.readUIntBE(0, 3);
  if (length > LONGEST) throw new Error("the response is not HTTP/2");
  return { type: head[3] ?? 0, flags: head[4] ?? 0, stream: head.readUInt32BE(5), payload: await exactly(stream, length) };
}

async function exactly(stream: Ends, length: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (let left = length; left > 0; ) {
    const piece = await stream.read(left);
    if (piece === undefined) throw new Error("the connection was closed without a response");
    left -= piece.length;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
