import type { AdminAddress } from "../../envoy/admin-address.ts";
import { joinHostPort } from "../../go/host-port.ts";
import { statOf } from "../../status/admin-stats.ts";
import type { XdsSource } from "../../status/status-plan.ts";
import { openAdminClient } from "../envoy/admin-client.ts";
import { fileType, readRegularFile, reasonOf } from "../files/read-file.ts";
import { connect } from "../http/connect.ts";
import { timeLimit } from "../http/time-limit.ts";

/** Milliseconds that the control plane, and then Envoy, have to answer. */
const LIMIT = 1_000;
/** Statistics of Envoy's connections to the control plane, which count failures that Envoy does not log, and what each means. */
const HANDSHAKES: readonly (readonly [name: string, text: (where: string, statistic: string) => string])[] = [
  ["fail_verify_san", (where, statistic) => `${where}: Envoy does not accept its certificate, which is for another name (${statistic})`],
  [
    "fail_verify_error",
    (where, statistic) =>
      `${where}: Envoy does not accept its certificate, whose authority is unknown, or which has expired (${statistic})`,
  ],
  ["connection_error", (where, statistic) => `${where}: Envoy cannot make a TLS connection (${statistic})`],
];
const HANDSHAKE = "cluster.xds-grpc.ssl.";
/** Statistics of Envoy's streams on connections that were made: those that are open, and all. */
const ACTIVE = "cluster.xds-grpc.upstream_rq_active";
const TOTAL = "cluster.xds-grpc.upstream_rq_total";
/** Statistics of Envoy's own lookups of the server's name. */
const RESOLVED = "cluster.xds-grpc.update_success";
const UNRESOLVED = "cluster.xds-grpc.update_failure";
const FILTER = String.raw`^cluster\.xds-grpc;?\.(ssl\.|upstream_rq_(active|total)$|update_(success|failure)$)`;
const STATS = `/stats?usedonly&filter=${encodeURIComponent(FILTER)}`;
/** Milliseconds since the start after which a control plane has had time to answer. */
const ANSWERED = 5_000;

/**
 * Returns why Envoy may not have received resources: its control plane cannot be reached, its own connection to it fails, or its files
 * cannot be read; undefined when nothing is found. Loaded only when something is missing. `age`: milliseconds since the start.
 */
export async function xdsProblem(source: XdsSource, admin: AdminAddress, age = performance.now()): Promise<string | undefined> {
  if (source.kind === "socket") return socketProblem(source.path);
  if (source.kind === "server") return (await serverProblem(source.host, source.port)) ?? (await streamProblem(source, admin, age));
  const { xdsFileProblems } = await import("../../envoy/xds-file.ts");
  return xdsFileProblems(source.directory, readRegularFile).join("; ") || undefined;
}

/** The agent itself listens on the socket, which answers as long as it is there. */
function socketProblem(path: string): string | undefined {
  return fileType(path) === "missing" ? `xDS socket "${path}" does not exist: nothing is listening` : undefined;
}

async function serverProblem(host: string, port: number): Promise<string | undefined> {
  const { signal, end } = timeLimit(LIMIT);
  try {
    (await connect({ host, port, signal })).cut();
    return undefined;
  } catch (error) {
    const where = upstream({ host, port });
    if (signal.aborted) return `${where} did not answer within ${LIMIT} ms`;
    return `${where} did not answer: ${reasonOf(error)}`;
  } finally {
    end();
  }
}

/** Envoy has no statistic of the status by which a stream was ended; its log has it. */
async function streamProblem(source: HostPort, admin: AdminAddress, age: number): Promise<string | undefined> {
  const answer = await openAdminClient(admin)("GET", STATS, LIMIT);
  if (answer.kind !== "answer" || answer.status !== 200) return undefined;
  // From 1.28 on, a semicolon ends the name of a cluster.
  const page = answer.text.replaceAll("xds-grpc;", "xds-grpc");
  const countOf = (statistic: string) => {
    const count = statOf(page, statistic);
    return count.ok ? count.value : 0;
  };
  const where = upstream(source);
  const [name, text] = HANDSHAKES.find(([each]) => countOf(`${HANDSHAKE}${each}`) > 0) ?? [];
  if (text !== undefined) return text(where, `${HANDSHAKE}${name}: ${countOf(`${HANDSHAKE}${name}`)}`);
  const unresolved = countOf(UNRESOLVED);
  if (unresolved > 0 && countOf(RESOLVED) === 0)
    return `${where}: Envoy, which looks names up itself, finds no address of it (${UNRESOLVED}: ${unresolved})`;
  const [active, total] = [countOf(ACTIVE), countOf(TOTAL)];
  if (total > active)
    return `${where}: it ends Envoy's streams; Envoy's log lines about the "gRPC config stream to xds-grpc" say why (${TOTAL}: ${total})`;
  if (active > 0 && age >= ANSWERED)
    return `${where}: it has accepted Envoy's stream, but does not send what is missing (${ACTIVE}: ${active})`;
  return undefined;
}

interface HostPort {
  readonly host: string;
  readonly port: number;
}

function upstream({ host, port }: HostPort): string {
  return `control plane "${joinHostPort(host, String(port))}"`;
}
