import { CHUNK_END, chunkStart } from "../../http/server-connection.ts";

/** Bytes of the largest piece: handling them takes about half a millisecond of the event loop. */
const LARGEST = 262_144;
/** Space before a piece for the first line of its chunk. */
const CHUNK_START_SPACE = 16;
const SPACE = CHUNK_START_SPACE + LARGEST + CHUNK_END.length;
/** Shorter pieces are copied, so that a piece never uses much more memory than it has bytes. */
const SHORT = LARGEST / 2;
/** Memory kept for further pieces: a page holds back one, sends one and receives one. */
const MOST_SPARE = 3;

/** The pieces whose memory nothing else uses. */
const whole = new WeakSet<Uint8Array>();
const spare: ArrayBuffer[] = [];

/**
 * Receives a piece into memory that is used again once the piece is released: memory allocated for each piece makes the runtime collect
 * garbage all the time. `receive` fills an area and returns the number of bytes; without any, undefined is returned.
 */
export function receivePiece(receive: (area: Uint8Array) => number): Buffer | undefined {
  const memory = spare.pop() ?? new ArrayBuffer(SPACE);
  const count = receive(new Uint8Array(memory, CHUNK_START_SPACE, LARGEST));
  if (count < SHORT) {
    spare.push(memory);
    return count > 0 ? Buffer.from(new Uint8Array(memory, CHUNK_START_SPACE, count)) : undefined;
  }
  const piece = Buffer.from(memory, CHUNK_START_SPACE, count);
  whole.add(piece);
  return piece;
}

/** Returns a received piece as a chunk, made in the memory around it; undefined for other pieces. */
export function chunkAround(piece: Uint8Array): Uint8Array | undefined {
  if (!whole.has(piece)) return undefined;
  const start = chunkStart(piece.length);
  const chunk = Buffer.from(piece.buffer, piece.byteOffset - start.length, start.length + piece.length + CHUNK_END.length);
  chunk.write(start, "latin1");
  chunk.write(CHUNK_END, start.length + piece.length, "latin1");
  return chunk;
}

/** Makes the memory of a piece available to the next one, or frees it; returns whether it could: pieces may share their memory. */
export function releasePiece(piece: Uint8Array): boolean {
  const { buffer } = piece;
  if (!(buffer instanceof ArrayBuffer)) return false;
  const isReceived = whole.delete(piece);
  if (isReceived && spare.length < MOST_SPARE) spare.push(buffer);
  else if (isReceived || piece.length === buffer.byteLength) buffer.transfer(0);
  else return false;
  return true;
}

/** Frees the memory kept for further pieces. */
export function freeSpare(): void {
  for (const memory of spare.splice(0)) memory.transfer(0);
}
