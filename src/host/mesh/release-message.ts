import type { Message } from "./grpc.ts";

/** Bytes that an array and what refers to it take in the heap. */
const OBJECTS = 256;

/**
 * Frees the memory of a message that was sent, instead of leaving it to a collection: all pieces that are the whole of their memory, which
 * nobody else can have. They must not be used afterwards. Returns how many bytes of garbage are left.
 */
export function releaseMessage(message: Message): number {
  let left = 0;
  for (const { buffer, byteLength } of message) {
    const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
    if (isWhole) buffer.transfer(0);
    left += OBJECTS + (isWhole ? 0 : byteLength);
  }
  return left;
}
