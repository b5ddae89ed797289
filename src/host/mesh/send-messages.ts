import type { Http2Stream } from "../../http/http2/state.ts";
import { messagePrefix } from "../../mesh/grpc-frames.ts";
import { sizeOf } from "../../mesh/pieces.ts";
import type { Message } from "./grpc.ts";

/** Sends a message after those before it. Resolves when its last byte is within the window of the other side, or when the stream is gone. */
export function sendMessage(stream: Http2Stream, message: Message): Promise<void> {
  return new Promise((resolve) => stream.data([messagePrefix(sizeOf(message)), ...message], resolve));
}
