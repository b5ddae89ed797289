import { releasePiece } from "./pieces.ts";

/** Bytes of forwarded pieces that could not be freed, after which they are collected. */
const COLLECT_EVERY = 2 * 1_048_576;

/**
 * Returns a function that counts bytes no longer used and collects them now and then; they are outside the heap, where the runtime does
 * not count them.
 */
export function openCollection(): (bytes: number) => void {
  let uncollected = 0;
  return (bytes) => {
    uncollected += bytes;
    if (uncollected < COLLECT_EVERY) return;
    uncollected = 0;
    Bun.gc(true);
  };
}

/** Returns a function that frees forwarded pieces of a body; those that share memory are left to a collection. */
export function openRelease(): (piece: Uint8Array) => void {
  const collect = openCollection();
  return (piece) => {
    if (!releasePiece(piece)) collect(piece.length);
  };
}
