import { ERROR, errorName, Http2Error } from "./errors.ts";
import type { FrameConsumer } from "./frame-reader.ts";
import { FLAG, FRAME, type FrameHead, MAX_PAYLOAD, readUint32 } from "./frames.ts";
import { beginData, deliver, receiveData, receiveRun } from "./receive-data.ts";
import { continueBlock, startBlock } from "./receive-headers.ts";
import { acknowledge, closeStream, makeReady } from "./send.ts";
import { changedSettings } from "./settings.ts";
import type { ConnectionState } from "./state.ts";
import { failStream, isIdle, spend } from "./stream-rules.ts";
import { MAX_WINDOW } from "./windows.ts";

/** The length that the first letters of "HTTP/1.1" would be. */
const HTTP1_LENGTH = 0x485454;
/** Bytes of a text for people that are read. */
const MOST_DEBUG = 256;
/** How many frames of its own a peer may leave unread. */
const MOST_UNREAD = 1_000;
const NOTHING = new Uint8Array(0);

/** Returns what is done with the frames of a peer (RFC 9113 §6). */
export function frameConsumer(state: ConnectionState): FrameConsumer {
  return {
    begin: (head) => beginFrame(state, head),
    run: (bytes, start, end) => (canRun(state) ? receiveRun(state, bytes, start, end) : start),
    data: (bytes, start, end, left) => receiveData(state, bytes, start, end, left),
    payload: (head, bytes) => (RECEIVERS.get(head.type) ?? spend)(state, head, bytes),
  };
}

/** Returns whether a DATA frame may be next: all that `beginFrame` asks before it. */
function canRun({ control, hasSettings, block }: ConnectionState): boolean {
  return hasSettings && block === undefined && control.length <= MOST_UNREAD;
}

function beginFrame(state: ConnectionState, head: FrameHead): void {
  const { length, type, flags, stream } = head;
  if (!state.hasSettings && length === HTTP1_LENGTH) throw new Http2Error(ERROR.protocol, "the peer speaks HTTP/1");
  if (length > MAX_PAYLOAD) throw new Http2Error(ERROR.frameSize, `a frame of ${length} bytes`);
  if (state.control.length > MOST_UNREAD) throw new Http2Error(ERROR.calm, "Flooding: answers that are not read");
  if (!state.hasSettings && (type !== FRAME.settings || (flags & FLAG.ack) !== 0))
    throw new Http2Error(ERROR.protocol, "the first frame is not SETTINGS");
  const { block } = state;
  if (block === undefined ? type === FRAME.continuation : type !== FRAME.continuation || stream !== block.stream)
    throw new Http2Error(ERROR.protocol, "header fields that are not continued at once");
  if (type === FRAME.data) beginData(state, head);
  else deliver(state);
}

type Receiver = (state: ConnectionState, head: FrameHead, payload: Uint8Array) => void;

/** Those of all frames but DATA. PRIORITY means nothing any more, and unknown frames are to be ignored. */
const RECEIVERS: ReadonlyMap<number, Receiver> = new Map<number, Receiver>([
  [FRAME.headers, startBlock],
  [FRAME.continuation, continueBlock],
  [FRAME.settings, receiveSettings],
  [FRAME.reset, receiveReset],
  [FRAME.windowUpdate, receiveWindowUpdate],
  [FRAME.ping, receivePing],
  [FRAME.goAway, receiveGoAway],
  [FRAME.pushPromise, refusePush],
]);

function refusePush(): never {
  throw new Http2Error(ERROR.protocol, "a pushed response");
}

function receiveSettings(state: ConnectionState, { flags, stream, length }: FrameHead, payload: Uint8Array): void {
  if (stream !== 0) throw new Http2Error(ERROR.protocol, "SETTINGS on a stream");
  spend(state);
  if ((flags & FLAG.ack) !== 0) {
    if (length > 0) throw new Http2Error(ERROR.frameSize, "an acknowledgement of settings that is not empty");
    return;
  }
  const before = state.peer;
  state.peer = changedSettings(before, payload);
  for (const each of state.streams.values()) {
    each.sendWindow += state.peer.window - before.window;
    if (each.sendWindow > MAX_WINDOW) throw new Http2Error(ERROR.flowControl, "a window above 2^31-1");
    makeReady(state, each);
  }
  acknowledge(state, FRAME.settings, NOTHING);
  if (state.hasSettings) return;
  state.hasSettings = true;
  state.events.ready();
}

function receiveReset(state: ConnectionState, { stream: id, length }: FrameHead, payload: Uint8Array): void {
  if (length !== 4) throw new Http2Error(ERROR.frameSize, `RST_STREAM of ${length} bytes`);
  if (isIdle(state, id)) throw new Http2Error(ERROR.protocol, `RST_STREAM on stream ${id}, which was not begun`);
  spend(state);
  const stream = state.streams.get(id);
  if (stream === undefined) return;
  closeStream(state, stream);
  stream.events.reset(readUint32(payload, 0));
}

function receiveWindowUpdate(state: ConnectionState, { stream: id, length }: FrameHead, payload: Uint8Array): void {
  if (length !== 4) throw new Http2Error(ERROR.frameSize, `WINDOW_UPDATE of ${length} bytes`);
  const bytes = readUint32(payload, 0) & MAX_WINDOW;
  if (id === 0) {
    state.sendWindow += bytes;
    if (bytes === 0) throw new Http2Error(ERROR.protocol, "WINDOW_UPDATE of nothing");
    if (state.sendWindow > MAX_WINDOW) throw new Http2Error(ERROR.flowControl, "a window above 2^31-1");
    for (const each of state.streams.values()) makeReady(state, each);
    return;
  }
  if (isIdle(state, id)) throw new Http2Error(ERROR.protocol, `WINDOW_UPDATE on stream ${id}, which was not begun`);
  const stream = state.streams.get(id);
  if (stream === undefined) return;
  stream.sendWindow += bytes;
  if (bytes === 0) failStream(state, stream, ERROR.protocol, "WINDOW_UPDATE of nothing");
  else if (stream.sendWindow > MAX_WINDOW) failStream(state, stream, ERROR.flowControl, "a window above 2^31-1");
  else makeReady(state, stream);
}

function receivePing(state: ConnectionState, { flags, stream, length }: FrameHead, payload: Uint8Array): void {
  if (stream !== 0) throw new Http2Error(ERROR.protocol, "PING on a stream");
  if (length !== 8) throw new Http2Error(ERROR.frameSize, `PING of ${length} bytes`);
  spend(state);
  if ((flags & FLAG.ack) === 0) acknowledge(state, FRAME.ping, payload);
}

/** Streams after the last one that the peer names were not processed, and never will be. */
function receiveGoAway(state: ConnectionState, { stream: id, length }: FrameHead, payload: Uint8Array): void {
  if (id !== 0) throw new Http2Error(ERROR.protocol, "GOAWAY on a stream");
  if (length < 8) throw new Http2Error(ERROR.frameSize, `GOAWAY of ${length} bytes`);
  const last = readUint32(payload, 0) & MAX_WINDOW;
  state.isLeaving = true;
  const code = readUint32(payload, 4);
  state.events.goAway(code, new TextDecoder().decode(payload.subarray(8, 8 + MOST_DEBUG)));
  for (const stream of [...state.streams.values()]) {
    if (stream.id <= last || (stream.id % 2 === 1) !== (state.options.role === "client")) continue;
    closeStream(state, stream);
    stream.events.reset(ERROR.refused, `received prior goaway: code: ${errorName(code)}`);
  }
}
