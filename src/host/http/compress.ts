import { encodingFor } from "../../http/encoding.ts";
import type { Headers } from "../../http/header-fields.ts";
import type { Reply } from "../../http/reply.ts";
import { transformed } from "./transformed.ts";

/** Compresses an answer with the encoding that the caller prefers, if it has at least `from` bytes; streams count as longer. */
export function compressed(reply: Reply, caller: Headers, from: number): Reply {
  const { body } = reply;
  const vary: Headers = [...reply.headers, ["Vary", "Accept-Encoding"]];
  const encoding = encodingFor(caller);
  const isShort = (typeof body === "string" || body instanceof Uint8Array) && body.length < from;
  if (encoding === undefined || isShort) return { ...reply, headers: vary };
  const pieces = typeof body === "string" ? only(Buffer.from(body)) : body instanceof Uint8Array ? only(body) : body;
  return { ...reply, headers: [...vary, ["Content-Encoding", encoding]], body: transformed(pieces, new CompressionStream(encoding)) };
}

async function* only(piece: Uint8Array): AsyncGenerator<Uint8Array> {
  yield piece;
}
