import { areValidTrailers, type Framing } from "./message-head.ts";
import { type ReceiveBuffer, take, takeLine } from "./receive-buffer.ts";

/** A body that is truncated or invalid: an error of the peer. */
export class MalformedBody extends Error {
  override readonly name = "MalformedBody";
}

/** Reads a message's body from the receive buffer. */
export interface BodyReader {
  /**
   * Returns the next piece, "end" after the last one, or undefined if more bytes are needed. `isAtEnd`: the connection has ended.
   * @throws MalformedBody if the body is truncated or invalid
   */
  readonly next: (received: ReceiveBuffer, isAtEnd: boolean) => Buffer | "end" | undefined;
}

/** Creates the reader for a body with this framing. */
export function bodyReader(framing: Framing): BodyReader {
  if (framing.kind === "until-end") return { next: untilEnd };
  const next = framing.kind === "chunked" ? chunkReader() : lengthReader(framing.length);
  return {
    next(received, isAtEnd) {
      const piece = next(received);
      if (piece === undefined && isAtEnd) throw new MalformedBody("The body is incomplete");
      return piece;
    },
  };
}

function untilEnd(received: ReceiveBuffer, isAtEnd: boolean): Buffer | "end" | undefined {
  if (received.bytes.length > 0) return take(received, received.bytes.length);
  return isAtEnd ? "end" : undefined;
}

function lengthReader(length: number): (received: ReceiveBuffer) => Buffer | "end" | undefined {
  let left = length;
  return (received) => {
    if (left === 0) return "end";
    if (received.bytes.length === 0) return undefined;
    const piece = take(received, left);
    left -= piece.length;
    return piece;
  };
}

const LINE_LIMIT = 4_096;
const TRAILER_LIMIT = 16_384;
/** Small chunks are joined up to this many bytes. */
const PIECE_BYTES = 131_072;
const NOTHING = Buffer.alloc(0);

/** The part of a chunked body to read next. */
type Part = "length" | "bytes" | "lineEnd" | "trailer";

/** The state of reading a chunked body. */
interface Chunks {
  /** The next part. */
  part: Part | "end";
  /** Bytes of the current chunk not yet received. */
  left: number;
  held: Buffer[];
  /** Total bytes of the held pieces. */
  size: number;
  readonly trailers: string[];
  trailerBytes: number;
  failure?: unknown;
}

/** Reads one part; returns whether it was complete. @throws MalformedBody */
const READERS: Readonly<Record<Part, (chunks: Chunks, received: ReceiveBuffer) => boolean>> = {
  length: readLength,
  bytes: readBytes,
  lineEnd: readLineEnd,
  trailer: readTrailer,
};

/**
 * Creates a reader of chunked bodies. Small chunks received together are joined into one piece, as a copy is cheaper than handling each. It
 * returns "end" after the last piece, undefined if more bytes are needed, and throws MalformedBody.
 */
export function chunkReader(): (received: ReceiveBuffer) => Buffer | "end" | undefined {
  const chunks: Chunks = { part: "length", left: 0, held: [], size: 0, trailers: [], trailerBytes: 0 };
  return (received) => {
    if (chunks.failure === undefined) readParts(chunks, received);
    // Return what came before the error first.
    if (chunks.size > 0) return takePiece(chunks);
    if (chunks.failure !== undefined) throw chunks.failure;
    return chunks.part === "end" ? "end" : undefined;
  };
}

/** Parses the length in a chunk's first line; undefined if it is invalid. Blanks are allowed only at its end. */
export function chunkLength(line: string): number | undefined {
  const found = /^([0-9a-fA-F]{1,16})(?:[ \t]*$|;)/.exec(line);
  return found === null ? undefined : Number.parseInt(found[1] ?? "", 16);
}

/** Reads all complete parts, up to the size of one piece. */
function readParts(chunks: Chunks, received: ReceiveBuffer): void {
  try {
    while (chunks.part !== "end" && chunks.size < PIECE_BYTES) if (!READERS[chunks.part](chunks, received)) return;
  } catch (error) {
    chunks.failure = error;
  }
}

function readLength(chunks: Chunks, received: ReceiveBuffer): boolean {
  const line = lineOf(received, LINE_LIMIT, "The body is incomplete");
  if (line === undefined) return false;
  // This line must end with CR LF: accepting a bare LF would enable request smuggling.
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
    if (!areValidTrailers(chunks.trailers)) throw new MalformedBody("The body has invalid trailers");
    chunks.part = "end";
    return true;
  }
  chunks.trailerBytes += line.length;
  if (chunks.trailerBytes > TRAILER_LIMIT) throw new MalformedBody("The trailers of the body are too long");
  chunks.trailers.push(line.replace(/\r$/, ""));
  return true;
}

/** Returns the next line without its line feed; undefined if it is incomplete. @throws MalformedBody if it is too long */
function lineOf(received: ReceiveBuffer, limit: number, problem: string): string | undefined {
  const line = takeLine(received, limit);
  if (line === "long") throw new MalformedBody(problem);
  return line?.toString("latin1");
}

/** Returns all held bytes as one piece. */
function takePiece(chunks: Chunks): Buffer {
  const { held, size } = chunks;
  const [first = NOTHING] = held;
  chunks.held = [];
  chunks.size = 0;
  return held.length === 1 ? first : Buffer.concat(held, size);
}
