import { afterAll, beforeAll, expect, test } from "bun:test";
import fc from "fast-check";
import { freePort, opened } from "../host/status/status-port.ts";
import { planOf } from "../status/plan.ts";

const SEED = 20_261_125;
const RUNS = 400;
/** Maximum time for the server to respond or close, far more than it needs. */
const LIMIT = 20_000;

let stop = () => {};
let port = 0;
beforeAll(async () => {
  port = freePort();
  const { readiness } = planOf({});
  const server = await opened(
    // No Envoy: without admin requests the proxy is ready, and the page has only the agent's metrics.
    planOf({ port, readiness: { remembersState: true, files: [], nameTable: readiness.nameTable } }),
    { quit: () => {}, drain: async () => {} },
    () => {},
    () => ({ state: "live", epoch: 0, restarts: 0, hotRestarts: {} }),
  );
  stop = server.stop;
});
afterAll(() => stop());

/** Sends pieces one by one; returns everything received until the server closes. */
async function exchange(pieces: readonly Uint8Array[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const seen: Buffer[] = [];
  const finish = () => resolve(Buffer.concat(seen).toString("latin1"));
  const timer = setTimeout(() => reject(new Error("neither answered to the end nor closed")), LIMIT);
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    allowHalfOpen: true,
    socket: {
      data: (_, bytes) => void seen.push(Buffer.from(bytes)),
      end: (each) => void each.end(),
      close: finish,
      error: finish,
    },
  });
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((next) => setImmediate(next));
  }
  socket.shutdown();
  return promise.finally(() => clearTimeout(timer));
}

const PATHS = ["/healthz/ready", "/stats/prometheus", "/quitquitquit", "/app-health/a/readyz", "/drain", "/debug/ndsz", "/"];
/** Mostly valid, so that later parts of a request are reached. */
const mostly = <T>(right: T, ...wrong: readonly T[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: fc.constantFrom(...wrong) });
const token = fc.string({ minLength: 1, maxLength: 12 });
const path = fc.oneof(
  fc.constantFrom(...PATHS),
  token.map((text) => `/${text}`),
);
const target = fc.oneof(
  path,
  path.map((each) => each.replace("/", "//")),
  path.map((each) => `/.${each}/%2e%2e/%2F..`),
  path.map((each) => `http://${"a".repeat(300)}:99999${each}`),
  path.map((each) => `HTTP://[::1${each}`),
  path.map((each) => `${each}%0`),
  path.map((each) => `${each}?${"q=%00&".repeat(50)}`),
  fc.constantFrom("*", "", "a:1", "http://", "\0", "/é", `/${"x".repeat(9_000)}`),
);
const host = mostly(
  "Host: a",
  "",
  "Host:",
  "Host: a\r\nHost: b",
  "Host: a b",
  "Host: \0",
  "host:[::",
  "Host : a",
  " Host: a",
  "Host: a:b:c",
);
const framing = fc.constantFrom(
  "",
  "Content-Length: 5",
  "Content-Length: 5\r\nContent-Length: 6",
  "Content-Length: -1",
  "Content-Length: 99999999999999999999",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked\r\nContent-Length: 5",
  "Transfer-Encoding: gzip, chunked",
  "Expect: 100-continue",
  "Connection: close",
  "Accept-Encoding: gzip;q=x, zstd;q=1e9",
  "Accept: ;;;,*/*;q=0,application/*",
  "X-Prometheus-Scrape-Timeout-Seconds: 1e-9",
);
const body = fc.oneof(
  fc.constantFrom("", "abcde", "5\r\nabcde\r\n0\r\n\r\n", "ffffffff\r\nx", "zz\r\n", "0\r\nTrailer: x\r\n\r\n"),
  fc.string({ maxLength: 40 }),
);
const method = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("GET", "POST") },
  { weight: 1, arbitrary: fc.constantFrom("HEAD", "PUT", "OPTIONS", "CONNECT", "PRI", "get", "G\tT", "", "X".repeat(200)) },
);
const version = mostly("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/1.1 ", "http/1.1", "");
const lineEnd = mostly("\r\n", "\n", "\r");
const request = fc
  .tuple(method, target, version, lineEnd, host, framing, body)
  .map(([verb, where, release, end, from, length, content]) =>
    Buffer.from(`${verb} ${where} ${release}${end}${[from, length].filter(Boolean).join(end)}${end}${end}${content}`, "latin1"),
  );
const message = fc.oneof({ weight: 6, arbitrary: request }, { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }) });
/** Several requests on one connection, split at arbitrary positions. */
const conversation = fc
  .tuple(fc.array(message, { minLength: 1, maxLength: 4 }), fc.array(fc.nat(20_000), { maxLength: 8 }))
  .map(([messages, cuts]) => {
    const bytes = Buffer.concat(messages);
    const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
    return places.slice(1).map((end, index) => bytes.subarray(places[index], end));
  });

test(`any input gets an HTTP response or is closed, and the next client is served: ${RUNS} generated connections`, async () => {
  await fc.assert(
    fc.asyncProperty(conversation, async (pieces) => {
      expect(await exchange(pieces)).toMatch(/^(?:$|HTTP\/1\.1 \d{3} [A-Z])/);
      expect(await exchange([Buffer.from("GET /healthz/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")])).toStartWith(
        "HTTP/1.1 200 OK\r\n",
      );
    }),
    { seed: SEED, numRuns: RUNS },
  );
}, 300_000);

test("many connections closed early at once do not affect the server", async () => {
  const dropped = fc.sample(request, { seed: SEED, numRuns: 300 }).map(async (bytes, index) => {
    const socket = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {}, error() {} } });
    socket.write(bytes.subarray(0, 1 + (index % bytes.length)));
    socket.terminate();
  });
  await Promise.all(dropped);
  expect(await exchange([Buffer.from("GET /stats/prometheus HTTP/1.0\r\n\r\n")])).toContain("istio_agent_build_info");
}, 180_000);
