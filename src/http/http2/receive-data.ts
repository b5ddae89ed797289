import { ERROR, Http2Error } from "./errors.ts";
import { FLAG, FRAME, type FrameHead, HEAD_SIZE, MAX_PAYLOAD, readUint24, readUint32 } from "./frames.ts";
import { consumeConnection, consumeStream } from "./send.ts";
import type { ConnectionState, StreamState } from "./state.ts";
import { endRemote, failStream, openStream, spend } from "./stream-rules.ts";
import { takeFromWindow } from "./windows.ts";

/** Counts all bytes of a DATA frame in the windows, padding too (RFC 9113 §6.9.1). */
export function beginData(state: ConnectionState, { length, flags, stream: id }: FrameHead): void {
  if (!takeFromWindow(state.received, length)) throw new Http2Error(ERROR.flowControl, "more data than the connection's window");
  const endsStream = (flags & FLAG.endStream) !== 0;
  const isPadded = (flags & FLAG.padded) !== 0;
  if (isPadded && length === 0) throw new Http2Error(ERROR.frameSize, "a padded frame without the length of its padding");
  const open = openStream(state, id, "DATA");
  const stream = open !== undefined && mayReceive(state, open, length) ? open : undefined;
  if (length > 0 && stream !== undefined) state.allowance.earn(1);
  else if (!endsStream) spend(state);
  if (stream !== undefined) stream.unconsumed += length;
  state.data = { stream, endsStream, content: isPadded ? undefined : length };
}

/** Counts content of a stream in its window. If the stream may not have it, ends the stream, and returns false. */
function mayReceive(state: ConnectionState, stream: StreamState, length: number): boolean {
  const isInWindow = takeFromWindow(stream.received, length);
  if (stream.hasFields && isInWindow) return true;
  // What came before is passed on first, and its user may end the stream.
  deliver(state);
  if (stream.isOver) return false;
  if (stream.hasFields) failStream(state, stream, ERROR.flowControl, "more data than the stream's window");
  else failStream(state, stream, ERROR.protocol, "data before header fields");
  return false;
}

/**
 * Receives whole DATA frames of one stream that follow each other and are nothing but content, as those of a large message. Returns where
 * they end: the frame there, also one that breaks a rule, is received by itself.
 */
export function receiveRun(state: ConnectionState, bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start + 3] !== FRAME.data) return start;
  const id = readUint32(bytes, start + 5);
  const stream = state.streams.get(id);
  // What another stream does with its content may end this one.
  if (state.gathered?.stream !== stream) deliver(state);
  if (stream === undefined || stream.isOver || stream.isRemoteEnded || !stream.hasFields) return start;
  const most = Math.min(state.received.left, stream.received.left);
  let content = 0;
  let frames = 0;
  let at = start;
  for (let next = start + HEAD_SIZE; next < end && bytes[at + 3] === FRAME.data && bytes[at + 4] === 0; next = at + HEAD_SIZE) {
    const length = readUint24(bytes, at);
    if (length === 0 || length > MAX_PAYLOAD || next + length > end || content + length > most || readUint32(bytes, at + 5) !== id) break;
    gather(state, stream, bytes, next, next + length);
    content += length;
    frames += 1;
    at = next + length;
  }
  state.received.left -= content;
  stream.received.left -= content;
  stream.unconsumed += content;
  state.allowance.earn(frames);
  return at;
}

/** Receives a part of a DATA frame: what is between two places. What nobody wants is passed on at once. */
export function receiveData(state: ConnectionState, bytes: Uint8Array, start: number, end: number, left: number): void {
  const { data } = state;
  if (data === undefined) return;
  let from = start;
  if (data.content === undefined && end > start) {
    const padding = bytes[start] ?? 0;
    from += 1;
    data.content = end - from + left - padding;
    if (data.content < 0) throw new Http2Error(ERROR.protocol, "more padding than the frame has bytes");
  }
  const length = Math.min(end - from, data.content ?? 0);
  if (data.content !== undefined) data.content -= length;
  if (left === 0) state.data = undefined;
  const { stream } = data;
  if (stream === undefined) {
    consumeConnection(state, end - start);
    return;
  }
  if (length < end - start) consumeStream(state, stream, end - start - length);
  if (length > 0) gather(state, stream, bytes, from, from + length);
  if (left > 0 || !data.endsStream) return;
  deliver(state);
  endRemote(state, stream);
}

/** Joins content of successive frames where it was received: each view of it, and each call, costs more than a copy. */
function gather(state: ConnectionState, stream: StreamState, bytes: Uint8Array, start: number, end: number): void {
  const { gathered } = state;
  if (gathered?.stream !== stream || gathered.bytes !== bytes) {
    deliver(state);
    state.gathered = { stream, bytes, start, end };
    return;
  }
  bytes.copyWithin(gathered.end, start, end);
  gathered.end += end - start;
}

/** Passes on the content that was gathered. */
export function deliver(state: ConnectionState): void {
  if (state.gathered === undefined) return;
  const { stream, bytes, start, end } = state.gathered;
  state.gathered = undefined;
  if (!stream.isOver) stream.events.data(bytes.subarray(start, end));
}
