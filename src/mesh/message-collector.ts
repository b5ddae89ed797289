import type { Pieces } from "./pieces.ts";

/** The sizes of the arrays that bytes are collected in, in bytes. */
const SMALLEST = 1_024;
export const LARGEST_PIECE = 65_536;
const NOTHING = new Uint8Array(0);

/** Returns an array of the largest size, whatever it contains. */
export type NewPiece = () => Uint8Array;

/** Collects the bytes of a message in arrays of its own, so that what was received can be freed at once. */
export interface MessageCollector {
  readonly add: (bytes: Uint8Array) => void;
  /** Returns what was added, in order. */
  readonly take: () => Pieces;
}

/**
 * Starts with nothing. `size`: how many bytes will be added. Each array is the whole of its memory, and twice as large as what was received
 * before at most, so that a sender that announces much and sends little takes little memory. With `newPiece`, which returns arrays of the
 * largest size that are used again, all are such arrays, the last one cut, unless the message is small.
 */
export function messageCollector(size: number, newPiece?: NewPiece): MessageCollector {
  const pieces: Uint8Array[] = [];
  let received = 0;
  /** The last array, and its free bytes. */
  let last: Uint8Array = NOTHING;
  let free = 0;

  const next = () => {
    const left = size - received;
    if (newPiece !== undefined && left > SMALLEST) return left < LARGEST_PIECE ? newPiece().subarray(0, left) : newPiece();
    return new Uint8Array(Math.max(1, Math.min(left, Math.max(SMALLEST, Math.min(received, LARGEST_PIECE)))));
  };
  return {
    add(bytes) {
      for (let at = 0; at < bytes.length; ) {
        if (free === 0) {
          last = next();
          free = last.length;
          pieces.push(last);
        }
        const length = Math.min(free, bytes.length - at);
        last.set(length === bytes.length ? bytes : bytes.subarray(at, at + length), last.length - free);
        free -= length;
        received += length;
        at += length;
      }
    },
    take: () => pieces,
  };
}
