import { chunkReader } from "./chunks.ts";
import type { Framing } from "./header-fields.ts";
import { MalformedBody } from "./malformed-body.ts";
import { type ReceiveBuffer, take } from "./receive-buffer.ts";

/** Reads a message's body from the receive buffer. */
export interface BodyReader {
  /**
   * Returns the next piece, "end" after the last one, or undefined if more bytes are needed. `isAtEnd`: the connection has ended.
   * @throws MalformedBody if the body is truncated or invalid
   */
  readonly next: (received: ReceiveBuffer, isAtEnd: boolean) => Buffer | "end" | undefined;
}

/** Creates the reader for a body with this framing. */
export function bodyReader(framing: Framing): BodyReader {
  if (framing.kind === "until-end") return { next: untilEnd };
  const next = framing.kind === "chunked" ? chunkReader() : lengthReader(framing.length);
  return {
    next(received, isAtEnd) {
      const piece = next(received);
      if (piece === undefined && isAtEnd) throw new MalformedBody("The body is incomplete");
      return piece;
    },
  };
}

function untilEnd(received: ReceiveBuffer, isAtEnd: boolean): Buffer | "end" | undefined {
  if (received.bytes.length > 0) return take(received, received.bytes.length);
  return isAtEnd ? "end" : undefined;
}

function lengthReader(length: number): (received: ReceiveBuffer) => Buffer | "end" | undefined {
  let left = length;
  return (received) => {
    if (left === 0) return "end";
    if (received.bytes.length === 0) return undefined;
    const piece = take(received, left);
    left -= piece.length;
    return piece;
  };
}
