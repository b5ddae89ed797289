import { portToTry } from "../../../examples/ports.ts";
import type { Log } from "../../../src/common/notice.ts";
import { loggedReadiness, type ReadinessHooks } from "../../../src/host/status/logged-readiness.ts";
import { startStatus } from "../../../src/host/status/status-server.ts";
import type { AgentMetrics, StatusEvents, StatusServer } from "../../../src/status/ports.ts";
import { planOf, type ServedPlan } from "../../status/plan.ts";

/** The actions of `stopAll`. */
export const closing: (() => void)[] = [];

/** Stops everything that a test has opened; for `afterEach`. */
export function stopAll(): void {
  for (const close of closing.splice(0)) close();
}

/** A server that `stopAll` stops. */
export function later<T extends { stop: (now?: boolean) => unknown }>(server: T): T {
  closing.push(() => void server.stop(true));
  return server;
}

/** Returns a free port. */
export function freePort(): number {
  for (;;) {
    try {
      const listener = Bun.listen({ hostname: "::", port: portToTry(), socket: { data() {} } });
      listener.stop(true);
      return listener.port;
    } catch {
      // It is in use: another one is tried.
    }
  }
}

/** Starts a scripted HTTP server. Returns its port. */
export function scripted(answer: (request: Request) => Response | Promise<Response>): number {
  return later(Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: answer })).port ?? 0;
}

export const listener = () => Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });

export interface Started {
  readonly url: string;
  readonly port: number;
  readonly calls: readonly string[];
  readonly lines: readonly string[];
}

export const AGENT: AgentMetrics = { state: "live", epoch: 0, restarts: 0, hotRestarts: {} };

/** Opens a status port with a given readiness check, and no other service. */
export function opened(
  plan: ServedPlan,
  {
    ready = () => {},
    reasons = () => [],
    likelyCauses = () => [],
    ...events
  }: StatusEvents & Partial<Pick<ReadinessHooks, "ready" | "reasons" | "likelyCauses">>,
  log: Log = () => {},
  agent: () => AgentMetrics = () => AGENT,
): Promise<StatusServer> {
  const readiness = loggedReadiness(plan, {
    ready,
    log,
    isAdminTakenOver: () => false,
    reasons,
    likelyCauses,
    unopened: () => [],
    isEnvoyRunning: () => false,
    hasNameTable: () => false,
  });
  return startStatus({ plan, events, log, agent, readiness });
}

/** Starts a status server with the rules of release 1.30. Returns it with its log lines. */
export async function started(
  changes: Partial<ServedPlan>,
  agent: () => AgentMetrics = () => AGENT,
  reasons: ReadinessHooks["reasons"] = () => [],
): Promise<Started> {
  const port = freePort();
  const calls: string[] = [];
  const lines: string[] = [];
  const server = await opened(
    planOf({ port, ...changes }),
    { quit: () => calls.push("quit"), drain: async () => void calls.push("drain"), ready: () => calls.push("ready"), reasons },
    (level, text) => lines.push(`${level} ${text}`),
    agent,
  );
  later(server);
  return { url: `http://127.0.0.1:${port}`, port, calls, lines };
}

/** Sends raw bytes. Returns the response, until the server closes the connection. @throws Error if it does not within half a minute */
export async function raw(port: number, bytes: string | Uint8Array, until: (seen: string) => boolean = () => false): Promise<string> {
  let seen = "";
  await new Promise<void>((resolve, reject) => {
    const limit = setTimeout(() => reject(new Error(`The connection is still open after: ${seen}`)), 30_000);
    void Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        open: (socket) => void socket.write(bytes),
        data(socket, data) {
          seen += data.toString("latin1");
          if (until(seen)) socket.terminate();
        },
        close() {
          clearTimeout(limit);
          resolve();
        },
        error() {
          clearTimeout(limit);
          resolve();
        },
      },
    });
  });
  return seen;
}
