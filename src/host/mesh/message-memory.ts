import { LARGEST_PIECE, type NewPiece } from "../../mesh/message-collector.ts";
import type { Message } from "./grpc.ts";

/** Memory of large messages that is used again: fresh memory would be filled by the kernel, page by page, and freed by a thread. */
export interface MessageMemory {
  readonly newPiece: NewPiece;
  /**
   * Takes back the memory of a message that was sent: all pieces that are the whole of their memory, which nobody else can have, and a last
   * one that is the start of it. They must not be used afterwards. Returns how many bytes of garbage are left.
   */
  readonly release: (message: Message) => number;
  /** Frees what is not in use. */
  readonly free: () => void;
}

/** Arrays that are kept: the memory of the largest messages of a usual mesh. */
const MOST = 128;
/** Bytes that an array and what refers to it take in the heap. */
const OBJECTS = 256;
/** Arrays up to this size may be in the heap, where nothing can be freed. */
const SMALL = 1_024;

/** Starts without memory. */
export function messageMemory(): MessageMemory {
  const kept: Uint8Array[] = [];
  return {
    newPiece: () => kept.pop() ?? new Uint8Array(LARGEST_PIECE),
    release(message) {
      let left = 0;
      for (const piece of message) {
        const array = isCut(piece) ? new Uint8Array(piece.buffer) : piece;
        if (kept.length < MOST && array.length === LARGEST_PIECE && isWhole(array)) kept.push(array);
        else left += freed(array);
      }
      return left;
    },
    free() {
      for (const piece of kept.splice(0)) freed(piece);
    },
  };
}

/** Returns whether an array is the start of one of the largest size, as the last piece of a message is. */
function isCut({ buffer, byteOffset, length }: Uint8Array): boolean {
  return byteOffset === 0 && length < LARGEST_PIECE && buffer.byteLength === LARGEST_PIECE;
}

function isWhole({ buffer, byteLength }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
}

/** Frees an array if it is the whole of its memory. Returns how much garbage is left. */
function freed(piece: Uint8Array): number {
  const { buffer, byteLength } = piece;
  if (byteLength <= SMALL || !isWhole(piece) || !(buffer instanceof ArrayBuffer)) return OBJECTS + byteLength;
  buffer.transfer(0);
  return OBJECTS;
}
