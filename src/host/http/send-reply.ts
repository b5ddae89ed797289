import type { Reply } from "../../http/reply.ts";
import {
  CHUNK_END,
  type Closed,
  chunkStart,
  type Discarding,
  finishResponse,
  LAST_CHUNK,
  type Responding,
  startResponse,
} from "../../http/server-connection.ts";
import type { ByteStream } from "./byte-stream.ts";
import { compressed } from "./compress.ts";
import type { Limits } from "./limits.ts";
import { chunkAround, freeSpare } from "./pieces.ts";
import { openRelease } from "./release-pieces.ts";

/** Sends the answer to a request; returns the next state of the connection. @throws BrokenStream when the peer has disconnected */
export async function sendReply(stream: ByteStream, request: Responding, plain: Reply, limits: Limits): Promise<Discarding | Closed> {
  const reply = limits.compressFrom === undefined ? plain : compressed(plain, request.request.headers, limits.compressFrom);
  const body = typeof reply.body === "string" ? Buffer.from(reply.body) : reply.body;
  const date = new Date().toUTCString();
  if (body instanceof Uint8Array) {
    const sending = startResponse(request, reply, body.length, date);
    await stream.write(sending.body === "none" ? sending.head : Buffer.concat([sending.head, body]));
    return finishResponse(sending, limits.body);
  }
  const sending = startResponse(request, reply, undefined, date);
  await stream.write(sending.head);
  const isChunked = sending.body === "chunked";
  const release = openRelease();
  // The start and end of a chunk are sent with the adjacent pieces: each packet wakes the caller.
  stream.gather(isChunked);
  try {
    for await (const piece of body) {
      if (piece.length === 0 || sending.body === "none") continue;
      await (isChunked ? writeChunk(stream, piece) : stream.write(piece));
      release(piece);
    }
    if (isChunked) await stream.write(LAST_CHUNK);
  } finally {
    stream.gather(false);
    freeSpare();
  }
  return finishResponse(sending, limits.body);
}

async function writeChunk(stream: ByteStream, piece: Uint8Array): Promise<void> {
  const chunk = chunkAround(piece);
  if (chunk !== undefined) return await stream.write(chunk);
  await stream.write(chunkStart(piece.length));
  await stream.write(piece);
  await stream.write(CHUNK_END);
}
