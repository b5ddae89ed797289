import { afterEach, expect, test } from "bun:test";
import { call } from "../../../src/host/http/client.ts";
import { later, stopAll } from "../status/status-port.ts";

afterEach(stopAll);

const LENGTH = 24 * 1_048_576;
/** Bytes that differ from piece to piece, so that duplicates and a wrong order are detected. */
const PAGE = new Uint8Array(new Uint32Array(LENGTH / 4).map((_, index) => index).buffer);

/** A source on a separate thread, which can send while its response is read. */
async function source(): Promise<number> {
  const program = `
    const page = new Uint8Array(new Uint32Array(${LENGTH / 4}).map((_, index) => index).buffer);
    const { port } = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response(page) });
    postMessage(port);`;
  const worker = new Worker(URL.createObjectURL(new Blob([program], { type: "application/javascript" })));
  later({ stop: () => worker.terminate() });
  return await new Promise((resolve) => {
    worker.onmessage = ({ data }) => resolve(data);
  });
}

test("a long response is read in pieces, and other connections have a turn between them", async () => {
  const port = await source();
  const { signal } = new AbortController();
  const answer = await call({ method: "GET", host: "127.0.0.1", port, target: "/", headers: [["Host", "a"]], signal });
  const pieces: Buffer[] = [];
  let turns = 0;
  let isOver = false;
  const turn = () => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  turn();
  for await (const piece of answer.body) pieces.push(piece);
  isOver = true;
  expect(Buffer.concat(pieces).equals(PAGE)).toBe(true);
  // At most 1 MB per turn; the runtime alone needs eight turns for all of it.
  expect(turns).toBeGreaterThanOrEqual(LENGTH / 1_048_576);
});
