import { type Service, type ServiceContext, untilInterrupted } from "../../commands/service.ts";
import { logOnce } from "../../common/log-once.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { xdsReport } from "../../mesh/xds-report.ts";
import { openCollector } from "../http/collector.ts";
import { connectGrpc } from "../mesh/grpc-connection.ts";
import { serveGrpc } from "../mesh/grpc-server.ts";
import { openToken } from "../mesh/token.ts";
import { openXdsProxy } from "../mesh/xds-proxy.ts";

/** Opens the xDS proxy on the socket that was listened on before Envoy was started. */
export async function openXdsService({ agent, sockets, counts, bundle, log }: ServiceContext): Promise<Service> {
  const mesh = agent.services.mesh;
  const plan = mesh?.xds;
  if (plan === undefined || sockets.xds === undefined) return untilInterrupted(() => {});
  const { endpoint } = plan;
  const connectionLog = logOnce(log);
  // The client of the CA reads the same token, and reports what is wrong with it.
  const token = openToken(plan.token, mesh?.sds?.ca === undefined ? log : () => {});
  const report = xdsReport(joinHostPort(endpoint.host, String(endpoint.port)), log);
  let hasNameTable = false;
  const collector = openCollector();
  const proxy = openXdsProxy({
    plan,
    passed: collector.leave,
    connect: () => connectGrpc(endpoint, connectionLog),
    token,
    counts,
    report,
    setBundle: bundle.set,
    nameTable() {
      hasNameTable = true;
    },
  });
  const { maxRequest: maxMessage, maxStreams, keepalive } = plan;
  const server = await serveGrpc(sockets.xds, { maxMessage, maxStreams, keepalive }, proxy.accept);
  const stop = () => {
    server.close();
    proxy.close();
    token.close();
    collector.close();
  };
  return untilInterrupted(stop, {
    hasNameTable: () => hasNameTable,
    likelyCause: report.reason,
  });
}
