import { LARGEST_PIECE, type NewPiece } from "../../mesh/message-collector.ts";
import { addressOf, libc } from "../linux/libc.ts";
import type { Message } from "./grpc.ts";

/** Memory of large messages that is used again: fresh memory would be filled by the kernel, page by page, and freed by a thread. */
export interface MessageMemory {
  readonly newPiece: NewPiece;
  /**
   * Takes back the memory of a message that was sent: all pieces that are from here, whole or cut at their end, and those that are the whole
   * of their memory, which nobody else can have. They must not be used afterwards. Returns how many bytes of garbage are left.
   */
  readonly release: (message: Message) => number;
  /** Frees what is not in use: it is empty when it is used again. */
  readonly free: () => void;
}

/** How many pieces there are: the memory of the largest messages of a usual mesh. */
const MOST = 128;
/** Bytes that an array and what refers to it take in the heap. */
const OBJECTS = 256;
/** Arrays up to this size may be in the heap, where nothing can be freed. */
const SMALL = 1_024;
const MADV_DONTNEED = 4;

/**
 * Opens one area for all pieces. The runtime counts it once, so that large messages are no reason for it to collect, and the kernel gives it
 * memory only where it is written to. A message that needs more has arrays of its own.
 */
export function messageMemory(): MessageMemory {
  const area = new ArrayBuffer((MOST + 1) * LARGEST_PIECE);
  // The size of a piece is a multiple of that of a page, and only whole pages can be freed.
  const start = LARGEST_PIECE - Number(addressOf(new Uint8Array(area)) % BigInt(LARGEST_PIECE));
  const kept: Uint8Array[] = [];
  let made = 0;
  const pieceAt = (place: number) => new Uint8Array(area, place, LARGEST_PIECE);
  return {
    newPiece() {
      const used = kept.pop();
      if (used !== undefined) return used;
      return made < MOST ? pieceAt(start + LARGEST_PIECE * made++) : new Uint8Array(LARGEST_PIECE);
    },
    release(message) {
      let left = 0;
      for (const piece of message) {
        if (piece.buffer === area) kept.push(piece.length === LARGEST_PIECE ? piece : pieceAt(piece.byteOffset));
        else left += freed(piece);
      }
      return left;
    },
    free() {
      for (const piece of kept) libc().madvise(addressOf(piece), BigInt(LARGEST_PIECE), MADV_DONTNEED);
    },
  };
}

/** Frees an array if it is the whole of its memory, or a piece that was cut at its end. Returns how much garbage is left. */
function freed({ buffer, byteLength, byteOffset }: Uint8Array): number {
  const isOwn = buffer.byteLength === byteLength || (byteOffset === 0 && buffer.byteLength === LARGEST_PIECE);
  if (!isOwn || byteLength <= SMALL || !(buffer instanceof ArrayBuffer)) return OBJECTS + byteLength;
  buffer.transfer(0);
  return OBJECTS;
}
