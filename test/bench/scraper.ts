// Reads a merged page in a worker, directly from the socket, so that reading is not part of the measured merge.

/** The runtime's types declare this name only for the browser. */
declare const self: Worker;

/** An order to the worker: the port of the page. */
export type Order = number;

/** A page as it was read. */
export interface Scraped {
  readonly size: number;
  /** From opening the connection to the last byte, in milliseconds. */
  readonly wall: number;
}

const REQUEST = "GET /stats/prometheus HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\nAccept-Encoding: identity\r\n\r\n";
const END = Buffer.from("\r\n0\r\n\r\n");

self.onmessage = async ({ data: port }: MessageEvent<Order>) => postMessage(await scrape(port));

async function scrape(port: number): Promise<Scraped> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let size = 0;
  let tail = Buffer.alloc(0);
  const started = performance.now();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_, bytes) {
        size += bytes.length;
        tail = Buffer.concat([tail, bytes.subarray(-END.length)]).subarray(-END.length);
        if (tail.equals(END)) resolve();
      },
      close: () => resolve(),
    },
  });
  socket.write(REQUEST);
  await ended;
  const wall = performance.now() - started;
  socket.terminate();
  return { size, wall };
}
