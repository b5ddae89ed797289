import { ERROR, Http2Error } from "./errors.ts";
import { FLAG, type FrameHead } from "./frames.ts";
import { passOnConnection, passOnStream } from "./send.ts";
import type { ConnectionState } from "./state.ts";
import { endRemote, failStream, openStream, spend } from "./stream-rules.ts";
import { takeFromWindow } from "./windows.ts";

/** Counts all bytes of a DATA frame in the windows, padding too (RFC 9113 §6.9.1). */
export function beginData(state: ConnectionState, { length, flags, stream: id }: FrameHead): void {
  if (!takeFromWindow(state.received, length)) throw new Http2Error(ERROR.flowControl, "more data than the connection's window");
  const endsStream = (flags & FLAG.endStream) !== 0;
  const isPadded = (flags & FLAG.padded) !== 0;
  if (isPadded && length === 0) throw new Http2Error(ERROR.frameSize, "a padded frame without the length of its padding");
  let stream = openStream(state, id, "DATA");
  if (stream !== undefined && !stream.hasFields) {
    failStream(state, stream, ERROR.protocol, "data before header fields");
    stream = undefined;
  } else if (stream !== undefined && !takeFromWindow(stream.received, length)) {
    failStream(state, stream, ERROR.flowControl, "more data than the stream's window");
    stream = undefined;
  }
  if (length > 0 && stream !== undefined) state.allowance.earn();
  else if (!endsStream) spend(state);
  if (stream !== undefined) stream.held += length;
  state.data = { stream, endsStream, content: isPadded ? undefined : length };
}

/** Passes on a part of a DATA frame. What nobody wants is passed on at once. */
export function receiveData(state: ConnectionState, bytes: Uint8Array, left: number): void {
  const { data } = state;
  if (data === undefined) return;
  let content = bytes;
  if (data.content === undefined && bytes.length > 0) {
    const [padding = 0] = bytes;
    content = bytes.subarray(1);
    data.content = content.length + left - padding;
    if (data.content < 0) throw new Http2Error(ERROR.protocol, "more padding than the frame has bytes");
  }
  if (content.length > (data.content ?? 0)) content = content.subarray(0, data.content ?? 0);
  if (data.content !== undefined) data.content -= content.length;
  if (left === 0) state.data = undefined;
  const { stream } = data;
  if (stream === undefined) {
    passOnConnection(state, bytes.length);
    return;
  }
  if (content.length < bytes.length) passOnStream(state, stream, bytes.length - content.length);
  if (content.length > 0 && !stream.isOver) stream.events.data(content);
  if (left === 0 && data.endsStream) endRemote(state, stream);
}
