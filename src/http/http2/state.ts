import type { Headers } from "../message-head.ts";
import type { Http2Error } from "./errors.ts";
import { type FrameAllowance, frameAllowance } from "./frame-allowance.ts";
import { type HpackDecoder, hpackDecoder } from "./hpack-decoder.ts";
import { DEFAULT_SETTINGS, type PeerSettings } from "./settings.ts";
import { DEFAULT_WINDOW, type ReceiveWindow, receiveWindow } from "./windows.ts";

/** The largest list of header fields, and the largest block of them, in bytes. */
export const MAX_FIELD_BYTES = 65_536;

/** What happens on a stream. */
export interface StreamEvents {
  /** Fields of a response, or trailers. Interim responses are not passed on. `ends`: nothing follows but `end`. */
  readonly headers: (fields: Headers, ends: boolean) => void;
  /** A part of the content where it was received, not copied. Its memory is in use until `consume`. */
  readonly data: (bytes: Uint8Array) => void;
  /** The peer has ended its side. */
  readonly end: () => void;
  /** The stream has ended before both sides have: by one of them, or because of what the peer has done. Nothing follows. */
  readonly reset: (code: number, reason?: string) => void;
}

/** A stream as its user sees it. Nothing it does has an effect once the stream has ended. */
export interface Http2Stream {
  /** Sends fields after everything before them. `ends`: nothing follows. */
  readonly headers: (fields: Headers, ends: boolean) => void;
  /** Sends content, without copying it before it can be sent. Calls back once the peer has room for its last byte, or the stream has ended. */
  readonly data: (pieces: readonly Uint8Array[], sent: () => void) => void;
  /** Ends this side after everything that was sent before. */
  readonly end: () => void;
  /** Ends the stream at once. There is no event. */
  readonly reset: (code: number) => void;
  /** So many bytes of content were used and need no memory any more: the peer may send as many again. */
  readonly consume: (bytes: number) => void;
}

/** What happens on a connection. */
export interface Http2Events {
  /** There is something to send: `fill` returns it. */
  readonly output: () => void;
  /** The peer has sent its settings. */
  readonly ready: () => void;
  /** A client has sent a request. Absent for a client. */
  readonly request?: (stream: Http2Stream, fields: Headers) => StreamEvents;
  /** The peer closes the connection: there are no new streams. Called each time it says so. `debug`: what it adds, for people. */
  readonly goAway: (code: number, debug: string) => void;
  /** The peer has broken the protocol. What is left to send says why; then the connection is to be closed. */
  readonly failed: (error: Http2Error) => void;
}

/** What a side of a connection is, and what it allows. */
export interface Http2Options {
  readonly role: "client" | "server";
  /** Bytes that may be received on a stream, and on the connection, and not be consumed yet. */
  readonly window: number;
  /** How many streams a client may have open. */
  readonly maxStreams?: number;
  /** Milliseconds of a steady clock. */
  readonly now: () => number;
}

/** What waits to be sent on a stream: frames as they are, or content. */
export type Outgoing =
  | { readonly kind: "frames"; readonly bytes: Uint8Array; readonly ends: boolean }
  | { readonly kind: "content"; readonly bytes: Uint8Array; readonly size: number; at: number; sent: (() => void) | undefined };

/** A stream that is open on at least one side. */
export interface StreamState {
  readonly id: number;
  events: StreamEvents;
  readonly received: ReceiveWindow;
  /** Bytes that were received and not consumed yet. */
  unconsumed: number;
  sendWindow: number;
  queue: Outgoing[];
  /** Whether it is among those that can send. */
  isReady: boolean;
  /** Whether the peer's final fields, not trailers, have come. */
  hasFields: boolean;
  isRemoteEnded: boolean;
  /** This side ends when everything in the queue is sent. */
  isEnding: boolean;
  isLocalEnded: boolean;
  isOver: boolean;
}

/** A header block that is not complete. */
export interface OpenBlock {
  readonly stream: number;
  readonly endsStream: boolean;
  readonly parts: Uint8Array[];
  size: number;
}

/** A DATA frame that is not complete. */
export interface OpenData {
  readonly stream: StreamState | undefined;
  readonly endsStream: boolean;
  /** Bytes of content that are missing; unknown until the length of the padding is. */
  content: number | undefined;
}

/** Content of a stream, in what was received, which is not passed on yet. */
export interface GatheredContent {
  readonly stream: StreamState;
  readonly bytes: Uint8Array;
  readonly start: number;
  end: number;
}

/** Everything that is known of a connection. */
export interface ConnectionState {
  readonly options: Http2Options;
  readonly events: Http2Events;
  readonly decoder: HpackDecoder;
  readonly allowance: FrameAllowance;
  readonly streams: Map<number, StreamState>;
  /** Streams that were ended here, of which the peer may not know yet. */
  readonly abandoned: Set<number>;
  /** Windows to be opened: those of streams, or that of the connection. */
  readonly reopening: (StreamState | undefined)[];
  /** Frames that are sent before those of streams. */
  readonly control: Uint8Array[];
  /** The rest of a frame that has begun. */
  rest: Uint8Array | undefined;
  /** Streams that can send, the next one first. */
  readonly ready: StreamState[];
  readonly received: ReceiveWindow;
  sendWindow: number;
  peer: PeerSettings;
  /** How many bytes of the client's preface have come. */
  preface: number;
  hasSettings: boolean;
  hasSentFields: boolean;
  /** The highest number of a stream that the peer has begun, and the next one of this side. */
  lastPeerStream: number;
  nextStream: number;
  block: OpenBlock | undefined;
  data: OpenData | undefined;
  gathered: GatheredContent | undefined;
  /** No stream is begun any more. */
  isLeaving: boolean;
  failure: Http2Error | undefined;
}

/** Starts a connection. */
export function newConnection(options: Http2Options, events: Http2Events): ConnectionState {
  return {
    options,
    events,
    decoder: hpackDecoder(MAX_FIELD_BYTES),
    allowance: frameAllowance(options.now),
    streams: new Map(),
    abandoned: new Set(),
    reopening: [],
    control: [],
    rest: undefined,
    ready: [],
    received: receiveWindow(Math.max(options.window, DEFAULT_WINDOW)),
    sendWindow: DEFAULT_WINDOW,
    peer: DEFAULT_SETTINGS,
    preface: 0,
    hasSettings: false,
    hasSentFields: false,
    lastPeerStream: 0,
    nextStream: 1,
    block: undefined,
    data: undefined,
    gathered: undefined,
    isLeaving: false,
    failure: undefined,
  };
}
