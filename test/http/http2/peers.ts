import { type Http2Connection, openHttp2 } from "../../../src/http/http2/connection.ts";
import type { Http2Options, Http2Stream, StreamEvents } from "../../../src/http/http2/state.ts";
import type { Headers } from "../../../src/http/message-head.ts";
import { FRAME, PREFACE, SETTINGS } from "../../support/http2-raw.ts";

/** A side of a connection, and what has happened on it. */
export interface Side {
  readonly connection: Http2Connection;
  readonly log: string[];
  /** The streams, oldest first. */
  readonly streams: Http2Stream[];
  /** What is done with content; nothing is passed on unless this does. */
  received: (stream: Http2Stream | undefined, bytes: Uint8Array) => void;
  readonly events: (name: string) => StreamEvents;
}

/** Opens a side that logs everything. */
export function openSide(options: Partial<Http2Options> & Pick<Http2Options, "role">): Side {
  const log: string[] = [];
  const streams: Http2Stream[] = [];
  const events = (name: string, stream?: Http2Stream): StreamEvents => ({
    headers: (fields) => log.push(`${name} headers ${textOf(fields)}`),
    data(bytes) {
      log.push(`${name} data ${bytes.length}`);
      side.received(stream ?? streams[0], bytes);
    },
    end: () => log.push(`${name} end`),
    reset: (code, reason) => log.push(`${name} reset ${code}${reason === undefined ? "" : ` ${reason}`}`),
  });
  const connection = openHttp2(
    { window: 65_535, now: () => 0, ...options },
    {
      output() {},
      ready: () => log.push("ready"),
      ...(options.role === "server" && {
        request(stream: Http2Stream, fields: Headers) {
          streams.push(stream);
          const name = `#${streams.length}`;
          log.push(`${name} request ${textOf(fields)}`);
          return events(name, stream);
        },
      }),
      goAway: (code) => log.push(`goaway ${code}`),
      failed: ({ message }) => log.push(`failed ${message}`),
    },
  );
  const side: Side = { connection, log, streams, received() {}, events };
  return side;
}

function textOf(fields: Headers): string {
  return fields.map((field) => field.join("=")).join(" ");
}

/** Returns everything that a side has to send. */
export function sentBy({ connection }: Side, room = 1_000): Buffer {
  const pieces: Buffer[] = [];
  for (;;) {
    const area = new Uint8Array(room);
    const size = connection.fill(area);
    if (size === 0) return Buffer.concat(pieces);
    pieces.push(Buffer.from(area.subarray(0, size)));
  }
}

/** Exchanges what two sides have to send until there is nothing, in pieces of a size. */
export function exchange(one: Side, other: Side, size = 10_000): void {
  for (;;) {
    const [there, back] = [sentBy(one, Math.max(64, size)), sentBy(other, Math.max(64, size))];
    if (there.length + back.length === 0) return;
    for (let at = 0; at < there.length; at += size) other.connection.receive(there.subarray(at, at + size));
    for (let at = 0; at < back.length; at += size) one.connection.receive(back.subarray(at, at + size));
  }
}

const NAMES: readonly string[] = Object.keys(FRAME);

/** Returns the frames of some bytes as text; a client's preface is left out. */
export function framesOf(bytes: Buffer): readonly string[] {
  const frames: string[] = [];
  let at = bytes.subarray(0, PREFACE.length).equals(PREFACE) ? PREFACE.length : 0;
  while (at < bytes.length) {
    const length = bytes.readUIntBE(at, 3);
    const payload = bytes.subarray(at + 9, at + 9 + length);
    const what = (bytes[at + 3] ?? 0) === FRAME.data ? `${length}` : payload.toString("hex");
    frames.push(`${NAMES[bytes[at + 3] ?? 0]} ${bytes.readUInt32BE(at + 5)} ${bytes[at + 4]} ${what}`.trim());
    at += 9 + length;
  }
  return frames;
}

/** A server that a client without a library sends frames to, after its preface and settings. */
export function rawServer(
  options: Partial<Http2Options> = {},
): Side & { readonly answer: (...frames: readonly Uint8Array[]) => readonly string[] } {
  const side = openSide({ role: "server", ...options });
  side.connection.receive(Buffer.concat([PREFACE, SETTINGS]));
  sentBy(side);
  side.log.length = 0;
  return Object.assign(side, { answer: answerOf(side) });
}

/** A client with one request whose server sends frames without a library, after its settings. */
export function rawClient(
  options: Partial<Http2Options> = {},
): Side & { readonly answer: (...frames: readonly Uint8Array[]) => readonly string[] } {
  const side = openSide({ role: "client", ...options });
  side.connection.receive(SETTINGS);
  const stream = side.connection.request(REQUEST, side.events("call"));
  if (stream !== undefined) side.streams.push(stream);
  sentBy(side);
  side.log.length = 0;
  return Object.assign(side, { answer: answerOf(side) });
}

const answerOf =
  (side: Side) =>
  (...frames: readonly Uint8Array[]): readonly string[] => {
    side.connection.receive(Buffer.concat(frames));
    return framesOf(sentBy(side));
  };

export const REQUEST: Headers = [
  [":method", "POST"],
  [":scheme", "http"],
  [":path", "/a"],
];
