import { areTrailers } from "./header-fields.ts";
import { MalformedBody } from "./malformed-body.ts";
import { type ReceiveBuffer, take, takeLine } from "./receive-buffer.ts";

const LINE_LIMIT = 4_096;
const TRAILER_LIMIT = 16_384;
/** Bytes of small chunks that are put together. */
const GATHERED = 131_072;
const NOTHING = Buffer.alloc(0);

/** A part of a chunked body that is read at once. */
type Part = "length" | "bytes" | "lineEnd" | "trailer";

/** A body of chunks that is being read. */
interface Chunks {
  /** What comes next. */
  part: Part | "end";
  /** Bytes of the chunk that have not come. */
  left: number;
  held: Buffer[];
  /** Bytes of the pieces that are held. */
  size: number;
  readonly trailers: string[];
  trailerBytes: number;
  failure?: unknown;
}

/** Readers of one part each; they return whether it had come. @throws MalformedBody */
const READERS: Readonly<Record<Part, (chunks: Chunks, received: ReceiveBuffer) => boolean>> = {
  length: readLength,
  bytes: readBytes,
  lineEnd: readLineEnd,
  trailer: readTrailer,
};

/**
 * Opens a reader of chunks. Small chunks that have come together are one piece: each costs a copy, not a turn of everything behind.
 * It returns "end" behind the last piece, undefined where more bytes have to come first, and throws MalformedBody.
 */
export function chunkReader(): (received: ReceiveBuffer) => Buffer | "end" | undefined {
  const chunks: Chunks = { part: "length", left: 0, held: [], size: 0, trailers: [], trailerBytes: 0 };
  return (received) => {
    if (chunks.failure === undefined) readParts(chunks, received);
    // What came before a fault is given before it.
    if (chunks.size > 0) return gathered(chunks);
    if (chunks.failure !== undefined) throw chunks.failure;
    return chunks.part === "end" ? "end" : undefined;
  };
}

/** Returns the length in a chunk's first line; undefined for an unreadable one. Blanks are allowed at its end only. */
export function chunkLength(line: string): number | undefined {
  const found = /^([0-9a-fA-F]{1,16})(?:[ \t]*$|;)/.exec(line);
  return found === null ? undefined : Number.parseInt(found[1] ?? "", 16);
}

/** Reads all that has come, or as much as makes a piece. */
function readParts(chunks: Chunks, received: ReceiveBuffer): void {
  try {
    while (chunks.part !== "end" && chunks.size < GATHERED) if (!READERS[chunks.part](chunks, received)) return;
  } catch (error) {
    chunks.failure = error;
  }
}

function readLength(chunks: Chunks, received: ReceiveBuffer): boolean {
  const line = lineOf(received, LINE_LIMIT, "The body is incomplete");
  if (line === undefined) return false;
  // Only these lines need both bytes at their end: who reads them otherwise may be led to another request.
  const length = /^[^\r]*\r$/.test(line) ? chunkLength(line.slice(0, -1)) : undefined;
  if (length === undefined) throw new MalformedBody(`The body has a chunk of invalid length "${line.slice(0, 20).trim()}"`);
  chunks.left = length;
  chunks.part = length === 0 ? "trailer" : "bytes";
  return true;
}

function readBytes(chunks: Chunks, received: ReceiveBuffer): boolean {
  if (received.bytes.length === 0) return false;
  const piece = take(received, chunks.left);
  chunks.held.push(piece);
  chunks.size += piece.length;
  chunks.left -= piece.length;
  if (chunks.left === 0) chunks.part = "lineEnd";
  return true;
}

function readLineEnd(chunks: Chunks, received: ReceiveBuffer): boolean {
  const line = lineOf(received, 2, "The body has a chunk longer than its declared length");
  if (line === undefined) return false;
  if (line !== "\r") throw new MalformedBody("The body has a chunk longer than its declared length");
  chunks.part = "length";
  return true;
}

function readTrailer(chunks: Chunks, received: ReceiveBuffer): boolean {
  const line = lineOf(received, LINE_LIMIT, "The body is incomplete");
  if (line === undefined) return false;
  if (line === "" || line === "\r") {
    if (!areTrailers(chunks.trailers)) throw new MalformedBody("The body has invalid trailers");
    chunks.part = "end";
    return true;
  }
  chunks.trailerBytes += line.length;
  if (chunks.trailerBytes > TRAILER_LIMIT) throw new MalformedBody("The trailers of the body are too long");
  chunks.trailers.push(line.replace(/\r$/, ""));
  return true;
}

/** The next line, without its line feed; undefined where its end has not come yet. @throws MalformedBody for a longer one */
function lineOf(received: ReceiveBuffer, limit: number, problem: string): string | undefined {
  const line = takeLine(received, limit);
  if (line === "long") throw new MalformedBody(problem);
  return line?.toString("latin1");
}

/** All that is held, as one piece. */
function gathered(chunks: Chunks): Buffer {
  const { held, size } = chunks;
  const [first = NOTHING] = held;
  chunks.held = [];
  chunks.size = 0;
  return held.length === 1 ? first : Buffer.concat(held, size);
}
