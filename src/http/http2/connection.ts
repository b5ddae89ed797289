import type { Headers } from "../message-head.ts";
import { ERROR, Http2Error } from "./errors.ts";
import { frameReader } from "./frame-reader.ts";
import { FRAME, frameBytes, numberFrame, PREFACE } from "./frames.ts";
import { frameConsumer } from "./receive.ts";
import { deliver } from "./receive-data.ts";
import { closeStream, fill, sendControl, sendGoAway } from "./send.ts";
import { settingsFrame } from "./settings.ts";
import {
  type ConnectionState,
  type Http2Events,
  type Http2Options,
  type Http2Stream,
  MAX_FIELD_BYTES,
  newConnection,
  type StreamEvents,
} from "./state.ts";
import { beginStream, streamOf } from "./stream.ts";
import { DEFAULT_WINDOW } from "./windows.ts";

/** One side of an HTTP/2 connection without I/O: bytes come in, bytes go out, and what happens is reported. */
export interface Http2Connection {
  /** Takes bytes of the peer, which nobody else may use: content is joined and passed on in their place. */
  readonly receive: (bytes: Uint8Array) => void;
  /** Writes what is to be sent, as much as there is room for; returns how much that is. */
  readonly fill: (area: Uint8Array) => number;
  /** Sends a request. Returns undefined when the server takes no more. */
  readonly request: (fields: Headers, events: StreamEvents) => Http2Stream | undefined;
  readonly ping: () => void;
  /** Says that the connection is closed. What was sent before goes out first. */
  readonly close: () => void;
  /** The transport is gone: ends all streams. */
  readonly lose: () => void;
  /** Whether it has ended because of what the peer has done, or was lost. */
  readonly hasFailed: () => boolean;
  /** How many streams are open. */
  readonly streams: () => number;
}

const PING: Uint8Array = frameBytes({ type: FRAME.ping, flags: 0, stream: 0, payload: new Uint8Array(8) });

/** Opens a connection; what is to be sent first is ready. */
export function openHttp2(options: Http2Options, events: Http2Events): Http2Connection {
  const state = newConnection(options, events);
  const read = frameReader(frameConsumer(state));
  start(state);
  return {
    receive(bytes) {
      if (state.failure !== undefined) return;
      guarded(state, () => {
        const start = options.role === "server" ? readPreface(state, bytes) : 0;
        try {
          read(start === 0 ? bytes : bytes.subarray(start));
        } finally {
          deliver(state);
        }
      });
    },
    fill: (area) => fill(state, area),
    request(fields, handler) {
      if (state.isLeaving || state.failure !== undefined || state.streams.size >= state.peer.maxStreams) return undefined;
      const stream = beginStream(state, state.nextStream);
      state.nextStream += 2;
      stream.events = handler;
      const opened = streamOf(state, stream);
      opened.headers(fields, false);
      return opened;
    },
    ping: () => guarded(state, () => sendControl(state, PING)),
    close() {
      state.isLeaving = true;
      if (state.failure === undefined) sendGoAway(state, ERROR.none);
    },
    lose() {
      state.failure ??= new Http2Error(ERROR.none, "the connection is gone");
      for (const stream of [...state.streams.values()]) {
        closeStream(state, stream);
        stream.events.reset(ERROR.cancel);
      }
    },
    hasFailed: () => state.failure !== undefined,
    streams: () => state.streams.size,
  };
}

/** Sends what a connection begins with. */
function start(state: ConnectionState): void {
  const { role, window, maxStreams } = state.options;
  if (role === "client") state.control.push(PREFACE);
  const own = role === "client" ? { push: 0 } : maxStreams === undefined ? {} : { maxStreams };
  state.control.push(settingsFrame({ ...own, maxFields: MAX_FIELD_BYTES, ...(window !== DEFAULT_WINDOW && { window }) }));
  if (window > DEFAULT_WINDOW) state.control.push(numberFrame(FRAME.windowUpdate, 0, window - DEFAULT_WINDOW));
}

/** Does something that a peer may be the reason to fail for. */
function guarded(state: ConnectionState, act: () => void): void {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Http2Error)) throw error;
    if (state.failure !== undefined) return;
    state.failure = error;
    state.control.length = 0;
    state.ready.length = 0;
    state.reopening.length = 0;
    sendGoAway(state, error.code);
    state.events.failed(error);
  }
}

/** Reads what a client must begin with. Returns where the rest is. */
function readPreface(state: ConnectionState, bytes: Uint8Array): number {
  let at = 0;
  for (; at < bytes.length && state.preface < PREFACE.length; at++, state.preface++)
    if (bytes[at] !== PREFACE[state.preface]) throw new Http2Error(ERROR.protocol, "the client does not speak HTTP/2");
  return at;
}
