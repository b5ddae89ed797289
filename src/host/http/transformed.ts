import { openCollection } from "./release-pieces.ts";

/** Pieces sent through one of the runtime's compressors, as they are asked for. @throws Error what the pieces threw */
export async function* transformed(
  pieces: AsyncIterable<Uint8Array>,
  through: CompressionStream | DecompressionStream,
): AsyncGenerator<Uint8Array> {
  const writer = through.writable.getWriter();
  const reader = through.readable.getReader();
  const feeding = feed(pieces, writer);
  // Told where the reader ends; a rejection in between has its reader there.
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
      // When the runtime has done with a piece is not known, so it is not freed but collected.
      collect(piece.length);
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => {});
    throw error;
  }
}
