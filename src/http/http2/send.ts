import { ERROR } from "./errors.ts";
import { FLAG, FRAME, frameBytes, HEAD_SIZE, numberFrame, writeHead, writeUint32 } from "./frames.ts";
import type { ConnectionState, Outgoing, StreamState } from "./state.ts";
import { consume, reopen } from "./windows.ts";

/** No frame of content is begun for less room than this, in bytes. */
const LEAST_ROOM = 64;
/** How many streams that were ended here are remembered. */
const MOST_ABANDONED = 128;

/** Sends a frame before those of streams. */
export function sendControl(state: ConnectionState, frame: Uint8Array): void {
  state.control.push(frame);
  state.events.output();
}

/** Says that the connection is closed, and why. */
export function sendGoAway(state: ConnectionState, code: number): void {
  const payload = new Uint8Array(8);
  writeUint32(payload, 0, state.lastPeerStream);
  writeUint32(payload, 4, code);
  sendControl(state, frameBytes({ type: FRAME.goAway, flags: 0, stream: 0, payload }));
}

/** Adds something to send on a stream. */
export function enqueue(state: ConnectionState, stream: StreamState, outgoing: Outgoing): void {
  stream.queue.push(outgoing);
  makeReady(state, stream);
}

/** A stream that has something to send can try. */
export function makeReady(state: ConnectionState, stream: StreamState): void {
  if (stream.isReady || stream.isOver || stream.isLocalEnded || (stream.queue.length === 0 && !stream.isEnding)) return;
  stream.isReady = true;
  state.ready.push(stream);
  state.events.output();
}

/** The peer may send more: bytes of the connection were consumed. */
export function consumeConnection(state: ConnectionState, bytes: number): void {
  if (consume(state.received, bytes)) reopenLater(state, undefined);
}

/** Bytes of a stream were consumed. */
export function consumeStream(state: ConnectionState, stream: StreamState, bytes: number): void {
  if (stream.isOver || bytes === 0) return;
  stream.unconsumed -= bytes;
  consumeConnection(state, bytes);
  if (!stream.isRemoteEnded && consume(stream.received, bytes)) reopenLater(state, stream);
}

/** Opens a window with the next frames that are sent: until then, the peer cannot know of it. */
function reopenLater(state: ConnectionState, stream: StreamState | undefined): void {
  state.reopening.push(stream);
  state.events.output();
}

/** Opens the windows of what was consumed. */
function reopenWindows(state: ConnectionState): void {
  for (const stream of state.reopening) {
    if (stream?.isOver === true || stream?.isRemoteEnded === true) continue;
    const bytes = reopen(stream?.received ?? state.received);
    state.control.push(numberFrame(FRAME.windowUpdate, stream?.id ?? 0, bytes));
  }
  state.reopening.length = 0;
}

/** Forgets a stream that is over. */
export function closeStream(state: ConnectionState, stream: StreamState): void {
  if (stream.isOver) return;
  stream.isOver = true;
  state.streams.delete(stream.id);
  const { queue, unconsumed } = stream;
  stream.queue = [];
  stream.unconsumed = 0;
  if (unconsumed > 0 && state.failure === undefined) consumeConnection(state, unconsumed);
  for (const each of queue) if (each.kind === "content") each.sent?.();
}

/** Ends a stream from here. */
export function resetStream(state: ConnectionState, stream: StreamState, code: number): void {
  if (stream.isOver) return;
  abandon(state, stream.id, code);
  closeStream(state, stream);
}

/** Refuses what the peer sends on a stream, whether it is known or not. */
export function abandon(state: ConnectionState, stream: number, code: number): void {
  state.abandoned.add(stream);
  const [oldest = 0] = state.abandoned;
  if (state.abandoned.size > MOST_ABANDONED) state.abandoned.delete(oldest);
  sendControl(state, numberFrame(FRAME.reset, stream, code));
}

/** Writes as much of what waits to be sent as there is room for. Returns how much it is. */
export function fill(state: ConnectionState, area: Uint8Array): number {
  let at = 0;
  reopenWindows(state);
  for (;;) {
    const frame = state.rest ?? state.control.shift();
    if (frame !== undefined) {
      at = copy(state, frame, area, at);
      if (state.rest !== undefined) return at;
      continue;
    }
    if (area.length - at < LEAST_ROOM) return at;
    const stream = state.ready.shift();
    if (stream === undefined) return at;
    if (stream.isOver) continue;
    at = writeNext(state, stream, area, at);
  }
}

/** Copies a frame; what there is no room for is the next to be copied. */
function copy(state: ConnectionState, frame: Uint8Array, area: Uint8Array, at: number): number {
  const room = Math.min(frame.length, area.length - at);
  area.set(room === frame.length ? frame : frame.subarray(0, room), at);
  state.rest = room === frame.length ? undefined : frame.subarray(room);
  return at + room;
}

/** Writes what is next on a stream, if the peer has room. Its turn comes again after those of the others. */
function writeNext(state: ConnectionState, stream: StreamState, area: Uint8Array, start: number): number {
  stream.isReady = false;
  const [first] = stream.queue;
  if (first?.kind !== "frames") return writeFrames(state, stream, area, start);
  stream.queue.shift();
  const at = copy(state, first.bytes, area, start);
  if (first.ends) endLocal(state, stream);
  makeReady(state, stream);
  return at;
}

/** Writes DATA frames until the peer has no room, or something else can be sent. Returns where they end. */
function writeFrames(state: ConnectionState, stream: StreamState, area: Uint8Array, start: number): number {
  const size = area.length;
  let at = start;
  do {
    const room = Math.min(state.peer.maxPayload, stream.sendWindow, state.sendWindow, size - at - HEAD_SIZE);
    if (stream.queue.length > 0 && room <= 0) return at;
    at = writeContent(state, stream, area, at, at + HEAD_SIZE + Math.max(0, room));
  } while (stream.queue[0]?.kind === "content" && size - at >= LEAST_ROOM && state.ready.length + state.control.length === 0);
  makeReady(state, stream);
  return at;
}

/** Writes a DATA frame with as much as there is before an end. Returns where it ends. */
function writeContent(state: ConnectionState, stream: StreamState, area: Uint8Array, start: number, end: number): number {
  let at = start + HEAD_SIZE;
  for (let next = stream.queue[0]; next?.kind === "content" && at < end; next = stream.queue[0]) {
    const { bytes, size } = next;
    const part = Math.min(size - next.at, end - at);
    area.set(part === size ? bytes : bytes.subarray(next.at, next.at + part), at);
    at += part;
    next.at += part;
    if (next.at < size) break;
    stream.queue.shift();
    next.sent?.();
  }
  const length = at - start - HEAD_SIZE;
  const ends = stream.isEnding && stream.queue.length === 0;
  writeHead(area, start, { length, type: FRAME.data, flags: ends ? FLAG.endStream : 0, stream: stream.id });
  stream.sendWindow -= length;
  state.sendWindow -= length;
  if (ends) endLocal(state, stream);
  return at;
}

/** Everything was sent. A server that has answered needs no more of a request (RFC 9113 §8.1). */
function endLocal(state: ConnectionState, stream: StreamState): void {
  stream.isLocalEnded = true;
  if (stream.isRemoteEnded) closeStream(state, stream);
  else if (state.options.role === "server") resetStream(state, stream, ERROR.none);
}

/** Answers a frame that has to be answered. */
export function acknowledge(state: ConnectionState, type: number, payload: Uint8Array): void {
  sendControl(state, frameBytes({ type, flags: FLAG.ack, stream: 0, payload }));
}
