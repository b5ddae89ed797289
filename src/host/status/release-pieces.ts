/** Bytes of pieces that were passed on and could not be freed after which they are collected. */
export const COLLECT_EVERY = 2 * 1_048_576;

/**
 * Opens a function that frees pieces of a body when they have been passed on and nobody looks at them any more. They lie outside
 * the heap, where the collector does not see how much it is; one that shares its memory with others is left to a collection.
 */
export function openRelease(): (piece: Uint8Array) => void {
  let uncollected = 0;
  return (piece) => {
    if (piece.buffer instanceof ArrayBuffer && piece.length === piece.buffer.byteLength) {
      piece.buffer.transfer(0);
      return;
    }
    uncollected += piece.length;
    if (uncollected < COLLECT_EVERY) return;
    uncollected = 0;
    Bun.gc(true);
  };
}
