import { joinHostPort } from "../../go/host-port.ts";
import type { XdsSource } from "../../status/status-plan.ts";
import { fileType, readRegularFile, reasonOf } from "../files/read-file.ts";
import { connect } from "../http/connect.ts";
import { timeLimit } from "../http/time-limit.ts";

const LIMIT = 1_000;

/**
 * Returns why Envoy may not have received resources: its control plane cannot be reached or its files cannot be read; undefined when they
 * can. Loaded only when something is missing.
 */
export async function xdsProblem(source: XdsSource): Promise<string | undefined> {
  if (source.kind === "socket") return socketProblem(source.path);
  if (source.kind === "server") return serverProblem(source.host, source.port);
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
    const where = `xDS upstream ${joinHostPort(host, String(port))}`;
    if (signal.aborted) return `${where} did not answer within ${LIMIT} ms`;
    return `${where} did not answer: ${reasonOf(error)}`;
  } finally {
    end();
  }
}
