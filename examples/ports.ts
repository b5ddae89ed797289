import { createServer } from "node:net";

/** Whether nobody listens on a port of any local address, as far as this process can tell. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * Where free ports are looked for: below those that the kernel gives to whoever asks for any (net.ipv4.ip_local_port_range), so that no
 * other program gets one by chance before it is used, and above Istio's.
 */
const RANGE = { first: 20_000, count: 12_000 };

/** Returns a number from the range of free ports. */
export function portToTry(): number {
  return RANGE.first + Math.floor(Math.random() * RANGE.count);
}

/** Ports that were free a moment ago, all different: they are held together until the last one is known. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = await Promise.all(Array.from({ length: count }, hold));
  await Promise.all(held.map(({ release }) => release()));
  return held.map(({ port }) => port);
}

interface Held {
  readonly port: number;
  readonly release: () => Promise<void>;
}

async function hold(): Promise<Held> {
  for (;;) {
    const held = await tryToHold(portToTry());
    if (held !== undefined) return held;
  }
}

function tryToHold(port: number): Promise<Held | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(undefined));
    const release = () => new Promise<void>((done) => server.close(() => done()));
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => resolve({ port, release }));
  });
}
