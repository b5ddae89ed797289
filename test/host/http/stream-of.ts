import type { ByteStream } from "../../../src/host/http/byte-stream.ts";

/** A stream that delivers bytes in pieces of at most seven, then ends; and what was written to it. */
export function streamOf(bytes: Buffer): { readonly stream: Pick<ByteStream, "read" | "write">; readonly written: () => Buffer } {
  let at = 0;
  const pieces: Buffer[] = [];
  return {
    written: () => Buffer.concat(pieces),
    stream: {
      async read(limit = bytes.length) {
        if (at >= bytes.length) return undefined;
        const piece = bytes.subarray(at, at + Math.min(limit, Math.max(7, bytes.length >> 6)));
        at += piece.length;
        return piece;
      },
      async write(piece) {
        pieces.push(Buffer.from(piece as Uint8Array)); // a text is bytes as well
      },
    },
  };
}
