import { quote } from "../go/literal.ts";
import { CODE, type GrpcStatus } from "./grpc-status.ts";
import { type MessageCollector, messageCollector, type NewPiece } from "./message-collector.ts";
import type { Pieces } from "./pieces.ts";

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
  /** Where the memory of large messages comes from. */
  readonly newPiece?: NewPiece | undefined;
}

/** Splits the bytes of a stream into messages, without joining the pieces of one. The bytes are copied. */
export interface Deframer {
  /** Returns the messages that are complete with these bytes. Nothing follows a failure. */
  readonly push: (bytes: Uint8Array) => readonly Framed[];
  /** Reports whether the bytes received so far end within a message. An incomplete prefix does not count, as with Go's gRPC library. */
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

/** The message that is being received. */
interface Incoming {
  /** How much of the prefix is known, and what it says so far. */
  known: number;
  flag: number;
  length: number;
  missing: number;
  body: MessageCollector;
  hasFailed: boolean;
}

/** Returns a reader of messages. */
export function deframer(rules: FrameRules): Deframer {
  const incoming: Incoming = { known: 0, flag: 0, length: 0, missing: 0, body: messageCollector(0), hasFailed: false };
  return {
    isWithin: () => incoming.known === PREFIX,
    held: () => (incoming.known === PREFIX ? incoming.length - incoming.missing : 0),
    push(bytes) {
      const complete: Framed[] = [];
      let at = 0;
      while (at < bytes.length && !incoming.hasFailed) {
        if (incoming.known < PREFIX) {
          at += readPrefix(incoming, bytes[at] ?? 0);
          if (incoming.known < PREFIX) continue;
          const status = prefixProblem(incoming, rules);
          incoming.hasFailed = status !== undefined;
          if (status !== undefined) complete.push({ kind: "failed", status });
          incoming.body = messageCollector(incoming.length, rules.newPiece);
        }
        if (!incoming.hasFailed) at += readBody(incoming, bytes, at, complete);
      }
      return complete;
    },
  };
}

/** Reads one byte of a prefix; returns how many that is. */
function readPrefix(incoming: Incoming, byte: number): number {
  if (incoming.known === 0) incoming.flag = byte;
  else incoming.length = incoming.length * 256 + byte;
  incoming.known += 1;
  incoming.missing = incoming.length;
  return 1;
}

/** Reads what there is of a message, and adds it to those that are complete if it is. Returns how many bytes that is. */
function readBody(incoming: Incoming, bytes: Uint8Array, at: number, complete: Framed[]): number {
  const taken = Math.min(incoming.missing, bytes.length - at);
  if (taken > 0) incoming.body.add(bytes.subarray(at, at + taken));
  incoming.missing -= taken;
  if (incoming.missing > 0) return taken;
  complete.push({ kind: "message", pieces: incoming.body.take() });
  incoming.known = 0;
  incoming.length = 0;
  return taken;
}

/** How the text of Go's gRPC library begins for a message above the limit. */
export const TOO_LARGE = "grpc: received message larger than max";

function prefixProblem({ flag, length }: Incoming, { limit, encoding }: FrameRules): GrpcStatus | undefined {
  if (flag === 1) return compressed(encoding);
  if (flag !== 0) return { code: CODE.INTERNAL, message: `grpc: received unexpected payload format ${flag}` };
  if (length <= limit) return undefined;
  return { code: CODE.RESOURCE_EXHAUSTED, message: `${TOO_LARGE} (${length} vs. ${limit})` };
}

/** Returns what a compressed message is answered with: no compression is supported. */
function compressed(encoding: string | undefined): GrpcStatus {
  const message = isCompression(encoding) ? withoutDecompressor(encoding) : "grpc: compressed flag set with identity or empty encoding";
  return { code: CODE.INTERNAL, message };
}

/** Returns whether the name of an encoding (`grpc-encoding`) is that of a compression. */
export function isCompression(encoding: string | undefined): encoding is string {
  return encoding !== undefined && encoding !== "identity" && encoding !== "";
}

/** Returns the text for messages with a compression. */
export function withoutDecompressor(encoding: string): string {
  return `grpc: Decompressor is not installed for grpc-encoding ${quote(encoding)}`;
}
