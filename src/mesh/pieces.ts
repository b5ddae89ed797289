/** Bytes in the pieces in which they were received; they are joined only where a value is read. */
export type Pieces = readonly Uint8Array[];

/** Returns the bytes of pieces as one array: the piece itself if there is one. */
export function join(pieces: Pieces): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const joined = new Uint8Array(sizeOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Returns the number of bytes. */
export function sizeOf(pieces: Pieces): number {
  return pieces.reduce((size, piece) => size + piece.length, 0);
}
