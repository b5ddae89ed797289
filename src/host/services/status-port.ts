import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import { startStatus } from "../status/status-server.ts";

/** Opens the status port. @throws ConfigError when it cannot listen */
export async function openStatusPort({ agent, push, log, metrics, readiness, drain }: ServiceContext): Promise<Service> {
  const { status } = agent.services;
  if (status === undefined) return untilInterrupted(() => {});
  const { stop } = await startStatus({
    plan: status,
    events: { quit: () => push({ kind: "quit" }), drain },
    log,
    agent: metrics,
    readiness,
  });
  return untilInterrupted(stop);
}
