import type { AdminAddress } from "../../envoy/admin-address.ts";
import { activeConnections } from "../../envoy/admin-texts.ts";
import { joinHostPort } from "../../go/host-port.ts";
import type { Event } from "../../supervisor/state.ts";
import type { Supervision } from "../../supervisor/supervision.ts";
import { reasonOf } from "../files/read-file.ts";
import { call, textBefore, textOf } from "../http/client.ts";
import { timeLimit } from "../http/time-limit.ts";

const COUNT_LIMIT = 2_000;
const DRAIN_LIMIT = 5_000;

/** The answer of Envoy's admin interface, or why there is none; late: Envoy may still act on the request. */
export type AdminAnswer =
  | { readonly kind: "answer"; readonly status: number; readonly text: string }
  | { readonly kind: "late"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string; readonly error: unknown };

/**
 * Sends a request to the admin interface of one Envoy; `limit` is the timeout of the whole call, in milliseconds. The answer is not read
 * beyond the text `before`. Never throws.
 */
export type AdminClient = (method: "GET" | "POST", path: string, limit: number, before?: string) => Promise<AdminAnswer>;

/** Opens a client of an admin interface. Each call opens a new connection: after a hot restart another process listens on the address. */
export function openAdminClient(address: AdminAddress): AdminClient {
  const { host, port } = address;
  const origin = adminOrigin(address);
  return async (method, target, limit, before) => {
    const { signal, end } = timeLimit(limit);
    try {
      const answer = await call({ host, port, method, target, headers: [["Host", joinHostPort(host, String(port))]], signal });
      return { kind: "answer", status: answer.status, text: await (before === undefined ? textOf(answer) : textBefore(answer, before)) };
    } catch (error) {
      return signal.aborted
        ? { kind: "late", reason: `${origin} did not answer within ${limit / 1000} s` }
        : { kind: "failed", reason: `${origin} did not answer: ${reasonOf(error)}`, error };
    } finally {
      end();
    }
  };
}

/** Returns the URL of an admin interface. */
export function adminOrigin({ host, port }: AdminAddress): string {
  return `http://${joinHostPort(host, String(port))}`;
}

/** Requests Envoy to drain its listeners; a request that times out may still be carried out. */
export async function drainListeners(admin: AdminClient, path: string): Promise<Event> {
  const answer = await admin("POST", path, DRAIN_LIMIT);
  return answer.kind === "answer" ? { kind: "drained" } : { kind: "drained", problem: answer.reason, isLate: answer.kind === "late" };
}

/** Counts the connections that a drain waits for. */
export async function countConnections(admin: AdminClient, drain: Supervision["drain"]): Promise<Event> {
  const answer = await admin("GET", drain.countPath, COUNT_LIMIT);
  if (answer.kind === "late") return { kind: "counted", connections: "unknown" };
  if (answer.kind === "failed") return { kind: "counted", connections: "failed" };
  return { kind: "counted", connections: activeConnections(answer.text, drain) ?? "none" };
}
