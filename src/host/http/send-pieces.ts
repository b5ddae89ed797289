import { CHUNK_END, chunkStart, LAST_CHUNK, type Sending } from "../../http/server-connection.ts";
import type { ByteStream } from "./byte-stream.ts";
import { chunkAround, freeSpare } from "./pieces.ts";
import { openRelease } from "./release-pieces.ts";

/**
 * Sends the body of a response piece by piece. It is not part of `sendReply` in `serve-connection.ts`, which short answers run thousands of times under a load: for
 * both together, the runtime's optimizing compiler takes 8 MB.
 */
export async function sendPieces(stream: ByteStream, form: Sending["body"], body: AsyncIterable<Uint8Array>): Promise<void> {
  const isChunked = form === "chunked";
  const release = openRelease();
  // The start and end of a chunk are sent with the adjacent pieces: each packet wakes the caller.
  stream.gather(isChunked);
  try {
    for await (const piece of body) {
      if (piece.length === 0 || form === "none") continue;
      await (isChunked ? writeChunk(stream, piece) : stream.write(piece));
      release(piece);
    }
    if (isChunked) await stream.write(LAST_CHUNK);
  } finally {
    stream.gather(false);
    freeSpare();
  }
}

async function writeChunk(stream: ByteStream, piece: Uint8Array): Promise<void> {
  const chunk = chunkAround(piece);
  if (chunk !== undefined) return await stream.write(chunk);
  await stream.write(chunkStart(piece.length));
  await stream.write(piece);
  await stream.write(CHUNK_END);
}
