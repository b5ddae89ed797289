// Reads a merged page on a thread of its own, with nothing between it and the socket: what it costs to read is no part of the merge.

/** The types of the runtime know this name in a page alone. */
declare const self: Worker;

/** What is asked of the thread: the port of the page. */
export type Order = number;

/** One page as it was read. */
export interface Scraped {
  readonly size: number;
  /** From the beginning of the connection to the last byte, in milliseconds. */
  readonly wall: number;
}

const REQUEST = "GET /stats/prometheus HTTP/1.1\r\nHost: localhost\r\nAccept: text/plain\r\nAccept-Encoding: identity\r\n\r\n";
const END = Buffer.from("\r\n0\r\n\r\n");

self.onmessage = async ({ data: port }: MessageEvent<Order>) => postMessage(await scrape(port));

async function scrape(port: number): Promise<Scraped> {
  const { promise: ended, resolve } = Promise.withResolvers<void>();
  let size = 0;
  let tail = Buffer.alloc(0);
  const begun = performance.now();
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
  const wall = performance.now() - begun;
  socket.terminate();
  return { size, wall };
}
