import { connect, type Socket } from "node:net";
import { openRandom } from "../support/open-random.ts";

// Hostile clients against one port for so many seconds; a separate program, so that its memory is not measured.
//   bun hostile-clients.ts PORT SECONDS [SEED]
// Prints how many requests were sent and what each readiness probe beside them took, as JSON.

const [port = 15_020, seconds = 45, seed = 1] = process.argv.slice(2).map(Number);
const IDLE = 1_200;
const SLOW = 200;
const PIPELINE = 200;
const LONG_HEAD = 500_000;
const PROBE_EVERY = 50;
const MOST_AT_ONCE = 32;

const REQUEST = "GET /healthz/ready HTTP/1.1\r\nHost: localhost:15020\r\nUser-Agent: kube-probe/1.36\r\nAccept: */*\r\n\r\n";
const PATHS = ["/healthz/ready", "/stats/prometheus", "/app-health/a/readyz", "/quit", "/debug/ndsz", "/", "//a/../b", "/%00"];

const random = openRandom(seed);
const over = Date.now() + seconds * 1_000;
const isOver = () => Date.now() >= over;
let sent = 0;

const idle = Array.from({ length: IDLE }, () => opened());
const [probes] = await Promise.all([
  probing(),
  ...Array.from({ length: SLOW }, slowHead),
  repeated(mutatedRequest, 800),
  repeated(randomBytes, 300),
  repeated(longHead, 20),
  repeated(pipeline, 8),
]);
for (const socket of idle) socket.destroy();
console.log(JSON.stringify({ sent, probes }));
process.exit(0);

/** A connection that ignores received data and errors. */
function opened(): Socket {
  const socket = connect({ port, host: "127.0.0.1" });
  socket.on("error", () => socket.destroy());
  socket.resume();
  return socket;
}

/** Repeats an action at a rate, unless too many are still in progress. */
async function repeated(once: () => Promise<void>, perSecond: number): Promise<void> {
  const started = Date.now();
  const pending = new Set<Promise<void>>();
  for (let count = 0; !isOver(); ) {
    for (; count < ((Date.now() - started) / 1_000) * perSecond && pending.size < MOST_AT_ONCE; count++) {
      const one: Promise<void> = once().finally(() => pending.delete(one));
      pending.add(one);
    }
    await Bun.sleep(5);
  }
  await Promise.all(pending);
}

/** Sends all pieces and waits until the other side closes, or a timeout. */
function exchange(pieces: readonly (string | Uint8Array)[]): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = opened();
  const timer = setTimeout(() => socket.destroy(), 2_000);
  socket.on("close", () => {
    clearTimeout(timer);
    resolve();
  });
  socket.on("end", () => socket.end());
  for (const piece of pieces) socket.write(piece);
  socket.end();
  return promise;
}

/** Sends requests with a few wrong bytes. */
async function mutatedRequest(): Promise<void> {
  const bytes = Buffer.from(REQUEST.replace("/healthz/ready", PATHS[Math.floor(random() * PATHS.length)] ?? "/"), "latin1");
  for (let count = Math.floor(random() * 4); count > 0; count--) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  sent++;
  await exchange([bytes]);
}

async function randomBytes(): Promise<void> {
  sent++;
  await exchange([Uint8Array.from({ length: Math.floor(random() * 4_096) }, () => Math.floor(random() * 256))]);
}

async function longHead(): Promise<void> {
  sent++;
  await exchange([REQUEST.replace("\r\n\r\n", `\r\nX-Long: ${"a".repeat(LONG_HEAD)}\r\n\r\n`)]);
}

async function pipeline(): Promise<void> {
  sent += PIPELINE;
  await exchange([REQUEST.repeat(PIPELINE)]);
}

/** Sends an endless head byte by byte. */
async function slowHead(): Promise<void> {
  while (!isOver()) {
    const socket = opened();
    sent++;
    socket.write("GET /healthz/ready HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    while (!isOver() && !socket.destroyed) {
      await Bun.sleep(500);
      socket.write("a".repeat(100));
    }
    socket.destroy();
  }
}

/** Measures each probe in milliseconds; -1 for one without a 200 or 503. */
async function probing(): Promise<readonly number[]> {
  const took: number[] = [];
  for (; !isOver(); await Bun.sleep(PROBE_EVERY)) {
    const started = performance.now();
    const status = await fetch(`http://127.0.0.1:${port}/healthz/ready`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(3_000),
    }).then(
      (answer) => answer.status,
      () => 0,
    );
    took.push(status === 200 || status === 503 ? performance.now() - started : -1);
  }
  return took;
}
