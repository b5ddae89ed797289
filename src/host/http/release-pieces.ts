/** Bytes of pieces that were passed on and could not be freed after which they are collected. */
const COLLECT_EVERY = 2 * 1_048_576;

/** Opens a function that counts bytes that are no longer used and collects them from time to time; they are outside the heap, where the runtime does not count them. */
export function openCollection(): (bytes: number) => void {
  let uncollected = 0;
  return (bytes) => {
    uncollected += bytes;
    if (uncollected < COLLECT_EVERY) return;
    uncollected = 0;
    Bun.gc(true);
  };
}

/** Opens a function that frees pieces of a body when they have been passed on; one that shares its memory with others is left to a collection. */
export function openRelease(): (piece: Uint8Array) => void {
  const collect = openCollection();
  return (piece) => {
    if (piece.buffer instanceof ArrayBuffer && piece.length === piece.buffer.byteLength) piece.buffer.transfer(0);
    else collect(piece.length);
  };
}
