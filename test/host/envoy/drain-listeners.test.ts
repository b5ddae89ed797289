import { expect, test } from "bun:test";
import type { AdminAnswer } from "../../../src/host/envoy/admin-client.ts";
import { countConnections, drainListeners } from "../../../src/host/envoy/drain-listeners.ts";
import type { Event } from "../../../src/supervisor/state.ts";
import { RULES } from "../../supervisor/support.ts";

/** The event after a response, and the request with its timeout in milliseconds. */
async function heard(ask: typeof drainListeners | typeof countConnections, answer: AdminAnswer): Promise<readonly [Event, string]> {
  let asked = "";
  const admin = async (method: string, path: string, limit: number) => {
    asked = `${method} ${path} ${limit}`;
    return answer;
  };
  const drain = { ...RULES.drain, countPath: "/stats?filter=active", ownPorts: [15021] };
  return [ask === drainListeners ? await drainListeners(admin, "/drain_listeners?graceful") : await countConnections(admin, drain), asked];
}

const text = (count: number) => `listener.0.0.0.0_80.downstream_cx_active: ${count}\nlistener.0.0.0.0_15021.downstream_cx_active: 5\n`;

test.each<[AdminAnswer, Event]>([
  [{ kind: "answer", status: 200, text: "OK" }, { kind: "drained" }],
  [
    { kind: "failed", reason: "connection refused" },
    { kind: "drained", problem: "connection refused", isLate: false },
  ],
  [
    { kind: "unknown", reason: "no answer within 5 s" },
    { kind: "drained", problem: "no answer within 5 s", isLate: true },
  ],
])("drainListeners after %j", async (answer, event) => {
  expect(await heard(drainListeners, answer)).toEqual([event, "POST /drain_listeners?graceful 5000"]);
});

test.each<[AdminAnswer, Event]>([
  [
    { kind: "answer", status: 200, text: text(3) },
    { kind: "counted", connections: 3 },
  ],
  [
    { kind: "answer", status: 200, text: "" },
    { kind: "counted", connections: "none" },
  ],
  [
    { kind: "failed", reason: "connection refused" },
    { kind: "counted", connections: "failed" },
  ],
  [
    { kind: "unknown", reason: "no answer within 2 s" },
    { kind: "counted", connections: "unknown" },
  ],
])("countConnections after %j", async (answer, event) => {
  expect(await heard(countConnections, answer)).toEqual([event, "GET /stats?filter=active 2000"]);
});
