import { CODE, type GrpcStatus } from "./grpc-status.ts";
import { pieceBuilder } from "./piece-builder.ts";
import type { Pieces } from "./protobuf.ts";

/** Bytes before each message on a stream: one flag and the length (gRPC over HTTP/2, "Length-Prefixed-Message"). */
const PREFIX = 5;

/** A message in the pieces in which it was received, or why there will be none. */
export type Framed = { readonly kind: "message"; readonly pieces: Pieces } | { readonly kind: "failed"; readonly status: GrpcStatus };

/** What a receiver accepts. */
export interface FrameRules {
  /** The largest message, in bytes. */
  readonly limit: number;
  /** The value of `grpc-encoding`, if the sender has named one. */
  readonly encoding?: string | undefined;
}

/** Splits the bytes of a stream into messages, without joining them. */
export interface Deframer {
  /** Returns the messages that are complete with these bytes. Nothing follows a failure. */
  readonly push: (bytes: Uint8Array) => readonly Framed[];
  /** Reports whether the bytes received so far end within a message. */
  readonly isWithin: () => boolean;
  /** Returns how many bytes there are of a message that is incomplete. */
  readonly held: () => number;
}

/** Returns the prefix of an uncompressed message. */
export function messagePrefix(length: number): Uint8Array {
  const prefix = new Uint8Array(PREFIX);
  new DataView(prefix.buffer).setUint32(1, length);
  return prefix;
}

/** Returns a reader of messages. */
export function deframer({ limit, encoding }: FrameRules): Deframer {
  /** How much of the prefix is known, and what it says so far. */
  let known = 0;
  let length = 0;
  const body = pieceBuilder();
  let missing = 0;
  let hasFailed = false;

  const failure = (flag: number): GrpcStatus | undefined => {
    if (flag === 1) return compressed(encoding);
    if (flag !== 0) return { code: CODE.INTERNAL, message: `grpc: received unexpected payload format ${flag}` };
    if (length > limit)
      return { code: CODE.RESOURCE_EXHAUSTED, message: `grpc: received message larger than max (${length} vs. ${limit})` };
    return undefined;
  };
  let flag = 0;
  /** Reads one byte of the prefix. */
  const readPrefix = (byte: number) => {
    if (known === 0) flag = byte;
    else length = length * 256 + byte;
    known += 1;
    if (known === PREFIX) missing = length;
  };
  return {
    isWithin: () => known > 0,
    held: () => (known === PREFIX ? length - missing : 0),
    push(bytes) {
      const complete: Framed[] = [];
      let at = 0;
      while (at < bytes.length && !hasFailed) {
        if (known < PREFIX) {
          readPrefix(bytes[at] ?? 0);
          at += 1;
          if (known < PREFIX) continue;
          const status = failure(flag);
          if (status !== undefined) {
            hasFailed = true;
            complete.push({ kind: "failed", status });
            break;
          }
        }
        const taken = Math.min(missing, bytes.length - at);
        if (taken > 0) body.add(bytes.subarray(at, at + taken));
        at += taken;
        missing -= taken;
        if (missing > 0) continue;
        complete.push({ kind: "message", pieces: body.take() });
        known = 0;
        length = 0;
      }
      return complete;
    },
  };
}

/** Returns what a compressed message is answered with: no compression is supported. */
function compressed(encoding: string | undefined): GrpcStatus {
  return encoding === undefined || encoding === "identity"
    ? { code: CODE.INTERNAL, message: "grpc: compressed flag set with identity or empty encoding" }
    : { code: CODE.UNIMPLEMENTED, message: `grpc: Decompressor is not installed for grpc-encoding "${encoding}"` };
}
