import type { Pieces } from "./pieces.ts";

/** Pieces up to so many bytes are put together: each array has a cost of its own, which is more than this where a sender chooses small ones. */
const SMALL = 512;
/** The size of the array that they are put into, in bytes. */
const CHUNK = 4_096;

/** Collects pieces of bytes. They are referred to, not copied, but many small ones take no more memory than a few large ones. */
export interface PieceBuilder {
  readonly add: (piece: Uint8Array) => void;
  /** Returns what was added, in order, and starts again. */
  readonly take: () => Pieces;
}

/** Starts without pieces. */
export function pieceBuilder(): PieceBuilder {
  let pieces: Uint8Array[] = [];
  /** Small pieces that follow each other, and how many bytes they have. */
  let chunk: Uint8Array | undefined;
  let used = 0;

  const seal = () => {
    if (chunk !== undefined) pieces.push(chunk.subarray(0, used));
    chunk = undefined;
    used = 0;
  };
  const copy = (piece: Uint8Array) => {
    if (used + piece.length > CHUNK) seal();
    chunk ??= new Uint8Array(CHUNK);
    chunk.set(piece, used);
    used += piece.length;
  };
  return {
    add(piece) {
      if (piece.length === 0) return;
      const last = pieces.at(-1);
      if (piece.length > SMALL) {
        seal();
        pieces.push(piece);
      } else if (chunk !== undefined) copy(piece);
      else if (last === undefined || last.length > SMALL) pieces.push(piece);
      else {
        // A message that has one small piece, or one at its end, is not copied.
        pieces.pop();
        copy(last);
        copy(piece);
      }
    },
    take() {
      seal();
      const taken = pieces;
      pieces = [];
      return taken;
    },
  };
}
