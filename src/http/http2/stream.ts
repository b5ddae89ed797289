import type { Headers } from "../message-head.ts";
import { headerFrames } from "./frames.ts";
import { encodeFields, NO_TABLE } from "./hpack-encoder.ts";
import { consumeStream, enqueue, makeReady, resetStream } from "./send.ts";
import type { ConnectionState, Http2Stream, StreamEvents, StreamState } from "./state.ts";
import { receiveWindow } from "./windows.ts";

function nothing(): void {}

const UNHEARD: StreamEvents = { headers: nothing, data: nothing, end: nothing, reset: nothing };

/** Begins a stream. */
export function beginStream(state: ConnectionState, id: number): StreamState {
  const stream: StreamState = {
    id,
    events: UNHEARD,
    received: receiveWindow(state.options.window),
    unconsumed: 0,
    sendWindow: state.peer.window,
    queue: [],
    isReady: false,
    hasFields: false,
    isRemoteEnded: false,
    isEnding: false,
    isLocalEnded: false,
    isOver: false,
  };
  state.streams.set(id, stream);
  return stream;
}

/** Returns a stream for its user. */
export function streamOf(state: ConnectionState, stream: StreamState): Http2Stream {
  const isClosed = () => stream.isOver || stream.isEnding || stream.isLocalEnded || state.failure !== undefined;
  return {
    headers(fields, ends) {
      if (isClosed()) return;
      // Nothing follows on this side, though it ends only when these are sent.
      stream.isEnding = ends;
      enqueue(state, stream, { kind: "frames", bytes: headerFrames(stream.id, blockOf(state, fields), ends), ends });
    },
    data(pieces, sent) {
      const whole = pieces.filter(({ length }) => length > 0);
      if (isClosed() || whole.length === 0) return sent();
      for (const [index, bytes] of whole.entries())
        stream.queue.push({ kind: "content", bytes, size: bytes.length, at: 0, sent: index === whole.length - 1 ? sent : undefined });
      makeReady(state, stream);
    },
    end() {
      if (isClosed()) return;
      stream.isEnding = true;
      makeReady(state, stream);
    },
    reset(code) {
      if (state.failure === undefined) resetStream(state, stream, code);
    },
    consume(bytes) {
      if (state.failure === undefined) consumeStream(state, stream, bytes);
    },
  };
}

/** Encodes fields; the first block says that the dynamic table is not used, whatever size the peer allows. */
function blockOf(state: ConnectionState, fields: Headers): Uint8Array {
  const block = encodeFields(fields);
  if (state.hasSentFields) return block;
  state.hasSentFields = true;
  return Buffer.concat([NO_TABLE, block]);
}
