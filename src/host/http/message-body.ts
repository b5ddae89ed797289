import { chunkLength, type Framing } from "../../http/framing.ts";
import { areTrailers } from "../../http/message-head.ts";
import type { ByteStream } from "./byte-stream.ts";

const LINE_LIMIT = 4_096;
const TRAILER_LIMIT = 16_384;
/** Bytes of small chunks that are put together. */
const GATHERED = 131_072;
const NOTHING = Buffer.alloc(0);

/** Thrown for a body that ends too early or cannot be read: the peer's fault. */
export class MalformedBody extends Error {
  override readonly name = "MalformedBody";
}

/** The pieces of a message's body, read as they are asked for. @throws MalformedBody when the body ends too early or cannot be read */
export async function* bodyOf(stream: ByteStream, framing: Framing): AsyncGenerator<Buffer> {
  if (framing.kind === "length") yield* exactly(stream, framing.length);
  else if (framing.kind === "chunked") yield* chunks(stream);
  else for (let piece = await stream.read(); piece !== undefined; piece = await stream.read()) yield piece;
}

async function* exactly(stream: ByteStream, length: number): AsyncGenerator<Buffer> {
  for (let left = length; left > 0; ) {
    const piece = await stream.read(left);
    if (piece === undefined) throw new MalformedBody("The body ends too early");
    left -= piece.length;
    yield piece;
  }
}

/** Small chunks that have come together are one piece: each costs a copy, not a turn of everything behind. */
async function* chunks(stream: ByteStream): AsyncGenerator<Buffer> {
  const held = openHeld();
  const isDue = () => held.size() >= GATHERED || (held.size() > 0 && stream.waiting() === 0);
  try {
    for (;;) {
      const line = await lineOf(stream, LINE_LIMIT);
      // Only these lines need both bytes at their end: who reads them otherwise may be led to another request.
      const length = /^[^\r]*\r$/.test(line) ? chunkLength(line.slice(0, -1)) : undefined;
      if (length === undefined) throw new MalformedBody(`The body has a chunk of unreadable length "${line.slice(0, 20).trim()}"`);
      if (length === 0) break;
      for await (const piece of exactly(stream, length)) {
        held.add(piece);
        if (isDue()) yield held.all();
      }
      if ((await lineOf(stream, 2)) !== "\r") throw new MalformedBody("The body has a chunk longer than it says");
      if (isDue()) yield held.all();
    }
  } catch (error) {
    if (held.size() > 0) yield held.all();
    throw error;
  }
  if (held.size() > 0) yield held.all();
  const trailers: string[] = [];
  for (let read = 0, line = await lineOf(stream, LINE_LIMIT); !/^\r?$/.test(line); line = await lineOf(stream, LINE_LIMIT)) {
    read += line.length;
    if (read > TRAILER_LIMIT) throw new MalformedBody("The trailers of the body are too long");
    trailers.push(line.replace(/\r$/, ""));
  }
  if (!areTrailers(trailers)) throw new MalformedBody("The body has unreadable trailers");
}

/** Pieces that wait to become one. */
function openHeld() {
  let pieces: Buffer[] = [];
  let size = 0;
  return {
    size: () => size,
    add(piece: Buffer) {
      pieces.push(piece);
      size += piece.length;
    },
    /** All of it, which is no longer held. */
    all(): Buffer {
      const [first = NOTHING] = pieces;
      const whole = pieces.length === 1 ? first : Buffer.concat(pieces, size);
      pieces = [];
      size = 0;
      return whole;
    },
  };
}

/** The next line, without its line feed. */
async function lineOf(stream: ByteStream, limit: number): Promise<string> {
  const line = await stream.readUntil("\n", limit);
  if (line === "long" && limit === 2) throw new MalformedBody("The body has a chunk longer than it says");
  if (line === undefined || line === "long") throw new MalformedBody("The body ends too early");
  return line.toString("latin1", 0, line.length - 1);
}
