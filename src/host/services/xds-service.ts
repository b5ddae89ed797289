import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import type { Log } from "../../common/notice.ts";
import type { AgentPlan } from "../../launch/plan.ts";
import { addressText } from "../../mesh/address-text.ts";
import type { HealthReport } from "../../mesh/health-step.ts";
import type { HealthPlan } from "../../mesh/mesh-plan.ts";
import { xdsReport } from "../../mesh/xds-report.ts";
import { isAdminTakenOver } from "../../supervisor/stage.ts";
import type { State } from "../../supervisor/state.ts";
import { openCollectedMessages } from "../mesh/collected-messages.ts";
import { dialAhead } from "../mesh/dial-ahead.ts";
import { connectGrpc, MAX_MESSAGE } from "../mesh/grpc-connection.ts";
import { serveGrpc } from "../mesh/grpc-server.ts";
import { removeSocket } from "../mesh/remove-socket.ts";
import { openToken } from "../mesh/token.ts";
import { openXdsProxy } from "../mesh/xds-proxy.ts";

/** Opens the xDS proxy on the socket that was listened on before Envoy was started. */
export async function openXdsService({ agent, sockets, counts, bundle, memoryLimit = MAX_MESSAGE, log }: ServiceContext): Promise<Service> {
  const mesh = agent.services.mesh;
  const plan = mesh?.xds;
  const socket = sockets.xds;
  if (plan === undefined || socket === undefined) return untilInterrupted(() => {});
  const { endpoint } = plan;
  // The client of the CA reads the same token, and reports what is wrong with it.
  const token = openToken(plan.token, mesh?.sds?.ca === undefined ? log : () => {});
  const report = xdsReport(addressText(endpoint), log);
  let hasNameTable = false;
  const messages = openCollectedMessages();
  // What could not be held anyway is refused, before the kernel kills the agent or Envoy.
  const maxMessage = Math.min(MAX_MESSAGE, memoryLimit);
  const connect = () => connectGrpc(endpoint, log, { maxMessage, newPiece: messages.newPiece });
  const dialled = agent.withoutEnvoy ? { take: connect, close() {} } : dialAhead(connect);
  const proxy = openXdsProxy({
    plan,
    ...messages.ended,
    connect: dialled.take,
    token,
    counts,
    report,
    setBundle: bundle.set,
    nameTable() {
      hasNameTable = true;
    },
  });
  const { maxRequest, maxStreams, keepalive } = plan;
  const server = serveGrpc(socket.descriptor, { maxMessage: maxRequest, maxStreams, descriptors: 2, keepalive }, proxy.accept);
  const health = plan.health && (await openHealth(plan.health, { agent, report: proxy.setHealth, log }));
  const stop = () => {
    health?.close();
    server.close();
    removeSocket(socket);
    proxy.close();
    dialled.close();
    token.close();
    messages.close();
  };
  return untilInterrupted(stop, {
    ...(health && { seen: health.seen }),
    hasNameTable: () => hasNameTable,
    likelyCause: report.reason,
  });
}

interface Health {
  readonly agent: AgentPlan;
  readonly report: (report: HealthReport) => void;
  readonly log: Log;
}

/** Starts the probes of the workload. While a new epoch starts, the admin interface is not that of the Envoy that serves. */
async function openHealth(plan: HealthPlan, { agent, report, log }: Health) {
  const { openHealthProbes } = await import("../mesh/health-probes.ts");
  const { readinessCheck } = await import("../status/readiness-check.ts");
  // What else makes the proxy ready does not concern the application.
  const rules = { ...agent.services.readiness, files: [], nameTable: false };
  const check = readinessCheck({ admin: agent.admin, readiness: rules }, { hasNameTable: () => true, isEnvoyRunning: () => false });
  let isTakenOver = false;
  const probes = openHealthProbes({
    plan,
    report,
    log,
    async envoyProblem() {
      const missing = isTakenOver ? undefined : await check();
      return isTakenOver ? undefined : missing?.text;
    },
  });
  const seen = ({ stage }: State) => {
    isTakenOver = isAdminTakenOver(stage);
  };
  return { seen, close: probes.close };
}
