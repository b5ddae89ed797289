import type { Http2Stream } from "node:http2";
import { messagePrefix } from "../../mesh/grpc-frames.ts";
import { sizeOf } from "../../mesh/protobuf.ts";
import type { Message } from "./grpc.ts";

/** Bytes that are handed to the transport at once: it copies what the other side has a window for, which can be all of a large message. */
const ROUND = 64 * 1024;

/** The messages of one direction of a call. */
export interface Sender {
  /** Sends a message after those before it. Resolves when its last byte is within the window of the other side, or when the stream is gone. */
  readonly send: (message: Message) => Promise<void>;
  /** Calls back when everything was sent, at once if that is so. */
  readonly whenSent: (done: () => void) => void;
}

/** Sends messages on a stream, a large one in rounds. */
export function openSender(stream: Http2Stream): Sender {
  /** Resolves when the last large message was sent; undefined if none is being sent. */
  let last: Promise<void> | undefined;
  return {
    send(message) {
      const size = sizeOf(message);
      const pieces = [messagePrefix(size), ...message];
      if (size <= ROUND && last === undefined) return write(stream, pieces);
      const sent = (last ?? Promise.resolve()).then(() => writeInRounds(stream, pieces));
      last = sent;
      return sent.then(() => {
        if (last === sent) last = undefined;
      });
    },
    whenSent(done) {
      if (last === undefined) done();
      else last.then(done);
    },
  };
}

async function writeInRounds(stream: Http2Stream, pieces: Message): Promise<void> {
  let round: Uint8Array[] = [];
  let size = 0;
  for (const piece of pieces) {
    round.push(piece);
    size += piece.length;
    if (size < ROUND) continue;
    await write(stream, round);
    // What was written goes out before the next round.
    await new Promise((resolve) => setImmediate(resolve));
    round = [];
    size = 0;
  }
  if (round.length > 0) await write(stream, round);
}

function write(stream: Http2Stream, pieces: Message): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) return resolve();
    const last = pieces.length - 1;
    // The callback of a write is called with an error when the stream is closed before.
    pieces.forEach((piece, index) => {
      if (index < last) stream.write(piece);
      else stream.write(piece, () => resolve());
    });
  });
}
