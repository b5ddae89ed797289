import { activeConnections } from "../../envoy/admin-texts.ts";
import type { Event } from "../../supervisor/state.ts";
import type { Supervision } from "../../supervisor/supervision.ts";
import type { AdminClient } from "./admin-client.ts";

const COUNT_LIMIT = 2_000;
const DRAIN_LIMIT = 5_000;

/** Requests Envoy to drain its listeners; a request that times out may still be carried out. */
export async function drainListeners(admin: AdminClient, path: string): Promise<Event> {
  const answer = await admin("POST", path, DRAIN_LIMIT);
  return answer.kind === "answer" ? { kind: "drained" } : { kind: "drained", problem: answer.reason, isLate: answer.kind === "unknown" };
}

/** Counts the connections that a drain waits for. */
export async function countConnections(admin: AdminClient, { countPath, ownPorts }: Supervision["drain"]): Promise<Event> {
  const answer = await admin("GET", countPath, COUNT_LIMIT);
  return {
    kind: "counted",
    connections: answer.kind !== "answer" ? answer.kind : (activeConnections(answer.text, ownPorts) ?? "none"),
  };
}
