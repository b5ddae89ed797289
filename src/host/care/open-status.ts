import { STATUS } from "../../common/exit-status.ts";
import type { Log } from "../../common/notice.ts";
import type { AgentPlan } from "../../launch/plan.ts";
import type { AgentMetrics, StatusEvents, StatusServer } from "../../status/ports.ts";
import type { Event } from "../../supervisor/state.ts";

/** Opens the status port of an agent, if it has one; with --strict a port that is taken ends the agent. */
export async function openStatus(
  agent: AgentPlan,
  push: (event: Event) => void,
  log: Log,
  metrics: () => AgentMetrics,
  events: Omit<StatusEvents, "quit">,
): Promise<StatusServer> {
  const { status, readiness } = agent.services;
  if (status === undefined) {
    const { loggedReadiness } = await import("../status/logged-readiness.ts");
    const subject = { admin: agent.admin, readiness };
    const { check } = loggedReadiness(subject, events.ready, log, () => metrics().isTakenOver);
    return { stop: () => {}, isReady: () => check(true) };
  }
  const { startStatus } = await import("../status/status-server.ts");
  const server = await startStatus({ ...status, admin: agent.admin }, { ...events, quit: () => push({ kind: "quit" }) }, log, metrics);
  if (server.problem !== undefined && status.strict)
    push({ kind: "fail", status: STATUS.refused, why: "the status port cannot be opened (--strict)" });
  return server;
}
