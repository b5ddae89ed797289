import type { Pieces } from "./pieces.ts";

/** The sizes of the arrays that bytes are collected in. */
const SMALLEST = 1_024;
export const LARGEST_PIECE = 65_536;

/** Returns an array of the largest size, whatever it contains. */
export type NewPiece = () => Uint8Array;

/** Collects the bytes of a message in arrays of its own, so that what was received can be freed at once. */
export interface MessageCollector {
  readonly add: (bytes: Uint8Array) => void;
  /** Returns what was added, in order. */
  readonly take: () => Pieces;
}

/**
 * Starts with nothing. `size`: how many bytes will be added; `newPiece`: where the largest arrays come from. Each array is the whole of its
 * memory, and twice as large as what was received before at most, so that a sender that announces much and sends little takes little memory.
 */
export function messageCollector(size: number, newPiece: NewPiece = () => new Uint8Array(LARGEST_PIECE)): MessageCollector {
  const pieces: Uint8Array[] = [];
  let received = 0;
  /** Free bytes of the last array. */
  let free = 0;
  return {
    add(bytes) {
      for (let at = 0; at < bytes.length; ) {
        if (free === 0) {
          free = Math.max(1, Math.min(size - received, Math.max(SMALLEST, Math.min(received, LARGEST_PIECE))));
          pieces.push(free === LARGEST_PIECE ? newPiece() : new Uint8Array(free));
        }
        const last = pieces.at(-1);
        const part = bytes.length - at > free ? bytes.subarray(at, at + free) : bytes.subarray(at);
        last?.set(part, last.length - free);
        free -= part.length;
        received += part.length;
        at += part.length;
      }
    },
    take: () => pieces,
  };
}
