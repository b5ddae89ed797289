import { jest } from "bun:test";
import { planOf } from "../../status/plan.ts";
import { later } from "./status-port.ts";

/** Turns of the event loop in which everything sent within this process arrives. */
const TURNS = 300;

/** Advances the fake clock past a source's limit, once both sources were requested and their data has arrived. */
export function timeThatPasses(milliseconds: number, sources: number): () => void {
  jest.useFakeTimers();
  let asked = 0;
  return () => {
    asked++;
    if (asked === sources) void afterTurns(TURNS).then(() => jest.advanceTimersByTime(milliseconds));
  };
}

async function afterTurns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => void setImmediate(resolve));
}

/** A source that sends some bytes to each client, and then hangs, ends or resets the connection. */
export function rawSource(bytes: string, then: "hang" | "end" | "reset", asked: () => void = () => {}): number {
  return later(
    Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        data(socket) {
          socket.write(bytes);
          asked();
          if (then === "end") socket.end();
          if (then === "reset") socket.terminate();
        },
      },
    }),
  ).port;
}

/** How the status port of release 1.30 scrapes. */
export const rules = planOf({}).metrics;

/** The metrics page of Envoy. */
export const ENVOY = "envoy 1\n".repeat(5_000);

interface Scraped {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

/** Scrapes the page at the status port. */
export async function scraped(url: string, headers: Record<string, string>): Promise<Scraped> {
  const response = await fetch(`${url}/stats/prometheus`, { headers: { "accept-encoding": "identity", ...headers } });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}
