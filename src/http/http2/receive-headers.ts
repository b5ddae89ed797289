import type { Headers } from "../message-head.ts";
import { ERROR, Http2Error } from "./errors.ts";
import { FLAG, type FrameHead } from "./frames.ts";
import { fieldsProblem, isInterim } from "./message-fields.ts";
import { abandon } from "./send.ts";
import { type ConnectionState, MAX_FIELD_BYTES, type OpenBlock, type StreamState } from "./state.ts";
import { beginStream, streamOf } from "./stream.ts";
import { endRemote, failStream, openStream, spend } from "./stream-rules.ts";

/** Frames in which one header block may come. */
const MOST_PARTS = 64;
const PRIORITY_SIZE = 5;

/** Receives a HEADERS frame. */
export function startBlock(state: ConnectionState, head: FrameHead, payload: Uint8Array): void {
  if (head.stream === 0) throw new Http2Error(ERROR.protocol, "HEADERS on no stream");
  addPart(
    state,
    { stream: head.stream, endsStream: (head.flags & FLAG.endStream) !== 0, parts: [], size: 0 },
    head,
    contentOf(head, payload),
  );
}

/** Receives a CONTINUATION frame, which the reader only passes on for a block that is open. */
export function continueBlock(state: ConnectionState, head: FrameHead, payload: Uint8Array): void {
  if (state.block !== undefined) addPart(state, state.block, head, payload);
}

/** Returns a header block without padding and priority (RFC 9113 §6.2). */
function contentOf({ flags }: FrameHead, payload: Uint8Array): Uint8Array {
  const isPadded = (flags & FLAG.padded) !== 0;
  const start = (isPadded ? 1 : 0) + ((flags & FLAG.priority) !== 0 ? PRIORITY_SIZE : 0);
  const end = payload.length - (isPadded ? (payload[0] ?? 0) : 0);
  if (start > payload.length) throw new Http2Error(ERROR.frameSize, "HEADERS that are too short");
  if (start > end) throw new Http2Error(ERROR.protocol, "more padding than the frame has bytes");
  return payload.subarray(start, end);
}

function addPart(state: ConnectionState, block: OpenBlock, { flags }: FrameHead, part: Uint8Array): void {
  const isWhole = (flags & FLAG.endHeaders) !== 0;
  block.size += part.length;
  if (block.size > MAX_FIELD_BYTES || block.parts.length >= MOST_PARTS)
    throw new Http2Error(ERROR.calm, "a header block that is too large");
  if (!isWhole) {
    // `Buffer.slice` does not copy.
    block.parts.push(new Uint8Array(part));
    state.block = block;
    return;
  }
  state.block = undefined;
  const bytes = block.parts.length === 0 ? part : Buffer.concat([...block.parts, part]);
  // Each block changes the table, also one that nobody waits for.
  receiveFields(state, block, state.decoder.decode(bytes));
}

function receiveFields(state: ConnectionState, { stream: id, endsStream }: OpenBlock, fields: Headers): void {
  const isNew = state.options.role === "server" && id % 2 === 1 && id > state.lastPeerStream;
  const stream = isNew ? beginRequest(state, id, fields) : openStream(state, id, "HEADERS");
  if (stream === undefined) {
    if (!isNew) spend(state);
    return;
  }
  if (!isNew && !receiveAnswer(state, stream, fields, endsStream)) return;
  if (endsStream) endRemote(state, stream);
}

/** Begins the stream of a request, unless it is refused. */
function beginRequest(state: ConnectionState, id: number, fields: Headers): StreamState | undefined {
  const { request } = state.events;
  const { maxStreams = Number.POSITIVE_INFINITY } = state.options;
  state.lastPeerStream = id;
  const isRefused = request === undefined || state.isLeaving || state.streams.size >= maxStreams;
  if (isRefused || fieldsProblem(fields, "request") !== undefined) {
    abandon(state, id, isRefused ? ERROR.refused : ERROR.protocol);
    return undefined;
  }
  const stream = beginStream(state, id);
  stream.hasFields = true;
  stream.events = request(streamOf(state, stream), fields);
  return stream;
}

/** Passes on the fields of a response, or trailers. Returns whether there were any. */
function receiveAnswer(state: ConnectionState, stream: StreamState, fields: Headers, endsStream: boolean): boolean {
  const problem = answerProblem(stream, fields, endsStream);
  if (problem !== undefined) {
    failStream(state, stream, ERROR.protocol, problem);
    return false;
  }
  if (!stream.hasFields && isInterim(fields)) return false;
  stream.hasFields = true;
  stream.events.headers(fields, endsStream);
  return true;
}

function answerProblem({ hasFields }: StreamState, fields: Headers, endsStream: boolean): string | undefined {
  if (hasFields) return endsStream ? fieldsProblem(fields, "trailers") : "header fields that come twice";
  if (endsStream && isInterim(fields)) return "the response ends before it is final";
  return fieldsProblem(fields, "response");
}
