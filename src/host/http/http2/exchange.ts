import { type Http2Connection, openHttp2 } from "../../../http/http2/connection.ts";
import type { StreamEvents } from "../../../http/http2/state.ts";
import { DEFAULT_WINDOW } from "../../../http/http2/windows.ts";
import type { Headers } from "../../../http/message-head.ts";
import type { ByteStream } from "../byte-stream.ts";

/** The methods of a connection that are used. */
type Ends = Pick<ByteStream, "read" | "write">;

/** Bytes of a connection that are read for one answer. */
const MOST_BYTES = 1_048_576;
/** Requests are short. */
const AREA = 4_096;

/** A request, and how much of the body of its answer is wanted. */
export interface Exchange {
  readonly fields: Headers;
  readonly content?: Uint8Array;
  readonly limit: number;
}

/** An answer. */
export interface Http2Answer {
  /** The fields at its start, and those at its end; the same when there are no trailers. */
  readonly first: Headers;
  readonly last: Headers;
  readonly body: Buffer;
}

interface Progress {
  first: Headers | undefined;
  last: Headers | undefined;
  readonly body: Uint8Array[];
  size: number;
  isOver: boolean;
  problem: string | undefined;
}

/**
 * Sends a request on a new connection, and reads its answer to the end, or up to a number of bytes of its body: the peer may not send more
 * than its initial window. @throws Error when the answer is invalid or incomplete
 */
export async function http2Exchange(stream: Ends, { fields, content, limit }: Exchange): Promise<Http2Answer> {
  const progress: Progress = { first: undefined, last: undefined, body: [], size: 0, isOver: false, problem: undefined };
  const connection = open(progress);
  const request = connection.request(fields, eventsOf(progress));
  if (content !== undefined) request?.data([content], () => {});
  request?.end();
  for (let size = 0; size < MOST_BYTES; ) {
    await send(connection, stream);
    const { first, last = first, problem, body } = progress;
    if (problem !== undefined) throw new Error(problem);
    if (first !== undefined && last !== undefined && (progress.isOver || progress.size >= limit))
      return { first, last, body: Buffer.concat(body).subarray(0, limit) };
    const bytes = await stream.read();
    if (bytes === undefined) throw new Error("the connection was closed without a response");
    size += bytes.length;
    connection.receive(bytes);
  }
  throw new Error("the response has no end");
}

function open(progress: Progress): Http2Connection {
  let isHttp2 = false;
  return openHttp2(
    { role: "client", window: DEFAULT_WINDOW, now: () => performance.now() },
    {
      output() {},
      ready() {
        isHttp2 = true;
      },
      goAway() {},
      failed({ message }) {
        progress.problem ??= isHttp2 ? `the response is invalid: ${message}` : "the response is not HTTP/2";
      },
    },
  );
}

function eventsOf(progress: Progress): StreamEvents {
  return {
    headers(fields) {
      progress.first ??= fields;
      progress.last = fields;
    },
    data(bytes) {
      // `Buffer.slice` does not copy.
      progress.body.push(new Uint8Array(bytes));
      progress.size += bytes.length;
    },
    end() {
      progress.isOver = true;
    },
    reset(_, reason) {
      if (!progress.isOver) progress.problem ??= reason ?? "the peer has reset the call";
    },
  };
}

async function send(connection: Http2Connection, stream: Ends): Promise<void> {
  const area = new Uint8Array(AREA);
  for (let size = connection.fill(area); size > 0; size = connection.fill(area)) await stream.write(area.subarray(0, size));
}
