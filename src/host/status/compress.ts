import { encodingFor } from "../../http/encoding.ts";
import type { Headers } from "../../http/message-head.ts";
import type { Reply } from "../../http/reply.ts";
import { transformed } from "../http/transformed.ts";

/** Answers shorter than this many bytes are not compressed (recorded: metrics-gzip). */
export const COMPRESS_FROM = 1_024;

/** The answer in the encoding its caller prefers, when it is long enough to gain by it; a stream has been held that long. */
export function compressed(reply: Reply, caller: Headers): Reply {
  const { body } = reply;
  const vary: Headers = [...reply.headers, ["Vary", "Accept-Encoding"]];
  const encoding = encodingFor(caller);
  const isShort = (typeof body === "string" || body instanceof Uint8Array) && body.length < COMPRESS_FROM;
  if (encoding === undefined || isShort) return { ...reply, headers: vary };
  const pieces = typeof body === "string" ? only(Buffer.from(body)) : body instanceof Uint8Array ? only(body) : body;
  return { ...reply, headers: [...vary, ["Content-Encoding", encoding]], body: transformed(pieces, new CompressionStream(encoding)) };
}

async function* only(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  yield piece;
}
