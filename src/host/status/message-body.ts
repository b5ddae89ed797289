import { chunkLength, type Framing } from "../../status/framing.ts";
import { areTrailers } from "../../status/message-head.ts";
import type { ByteStream } from "./byte-stream.ts";

const LINE_LIMIT = 4_096;
const TRAILER_LIMIT = 16_384;

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

async function* chunks(stream: ByteStream): AsyncGenerator<Buffer> {
  for (;;) {
    const line = await lineOf(stream, LINE_LIMIT);
    // Only these lines need both bytes at their end: who reads them otherwise may be led to another request.
    const length = /^[^\r]*\r$/.test(line) ? chunkLength(line.slice(0, -1)) : undefined;
    if (length === undefined) throw new MalformedBody(`The body has a chunk of unreadable length "${line.slice(0, 20).trim()}"`);
    if (length === 0) break;
    yield* exactly(stream, length);
    if ((await lineOf(stream, 2)) !== "\r") throw new MalformedBody("The body has a chunk longer than it says");
  }
  const trailers: string[] = [];
  for (let read = 0, line = await lineOf(stream, LINE_LIMIT); !/^\r?$/.test(line); line = await lineOf(stream, LINE_LIMIT)) {
    read += line.length;
    if (read > TRAILER_LIMIT) throw new MalformedBody("The body has trailers without end");
    trailers.push(line.replace(/\r$/, ""));
  }
  if (!areTrailers(trailers)) throw new MalformedBody("The body has unreadable trailers");
}

/** The next line, without its line feed. */
async function lineOf(stream: ByteStream, limit: number): Promise<string> {
  const line = await stream.readUntil("\n", limit);
  if (line === "long" && limit === 2) throw new MalformedBody("The body has a chunk longer than it says");
  if (line === undefined || line === "long") throw new MalformedBody("The body ends too early");
  return line.toString("latin1", 0, line.length - 1);
}
