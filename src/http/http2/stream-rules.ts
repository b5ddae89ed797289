import { ERROR, Http2Error } from "./errors.ts";
import { closeStream, resetStream } from "./send.ts";
import type { ConnectionState, StreamState } from "./state.ts";

/** Counts a frame that moves nothing. */
export function spend(state: ConnectionState): void {
  if (!state.allowance.spend()) throw new Http2Error(ERROR.calm, "Flooding: many frames without content");
}

/** The peer has ended its side of a stream. */
export function endRemote(state: ConnectionState, stream: StreamState): void {
  if (stream.isOver) return;
  stream.isRemoteEnded = true;
  if (stream.isLocalEnded) closeStream(state, stream);
  stream.events.end();
}

/** Ends a stream because of what the peer has done. */
export function failStream(state: ConnectionState, stream: StreamState, code: number, reason: string): void {
  resetStream(state, stream, code);
  stream.events.reset(code, reason);
}

/** Returns the stream of a frame if the peer may still send on it; undefined if it was ended here, and the peer may not know. */
export function openStream(state: ConnectionState, id: number, what: string): StreamState | undefined {
  const stream = state.streams.get(id);
  if (stream !== undefined && !stream.isRemoteEnded) return stream;
  if (isIdle(state, id)) throw new Http2Error(ERROR.protocol, `${what} on stream ${id}, which was not begun`);
  if (stream !== undefined || !state.abandoned.has(id))
    throw new Http2Error(ERROR.streamClosed, `${what} on stream ${id}, which has ended`);
  return undefined;
}

/** Returns whether a stream was never begun. */
export function isIdle({ options, lastPeerStream, nextStream }: ConnectionState, id: number): boolean {
  const isOfClient = id % 2 === 1;
  if (id === 0) return true;
  return isOfClient === (options.role === "client") ? id >= nextStream : id > lastPeerStream;
}
