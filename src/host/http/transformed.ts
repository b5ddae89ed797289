import { openCollection } from "./release-pieces.ts";

/** Yields pieces passed through a compressor or decompressor of the runtime, on demand. @throws Error that the pieces throw */
export async function* transformed(
  pieces: AsyncIterable<Uint8Array>,
  through: CompressionStream | DecompressionStream,
): AsyncGenerator<Uint8Array> {
  const writer = through.writable.getWriter();
  const reader = through.readable.getReader();
  const feeding = feed(pieces, writer);
  // The rejection is rethrown by the `await` below; until then it must not count as unhandled.
  feeding.catch(() => {});
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
    await feeding;
  } finally {
    reader.cancel().catch(() => {});
  }
}

async function feed(pieces: AsyncIterable<Uint8Array>, writer: WritableStreamDefaultWriter): Promise<void> {
  const collect = openCollection();
  try {
    for await (const piece of pieces) {
      await writer.write(piece);
      // It is unknown when the runtime is done with a piece, so it is collected, not freed.
      collect(piece.length);
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}
