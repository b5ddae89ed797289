import { joinHostPort } from "../../go/host-port.ts";
import type { XdsSource } from "../../status/status-plan.ts";
import { errorCode, readRegularFile, reasonOf } from "../files/read-file.ts";
import { connect } from "../http/connect.ts";

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

async function socketProblem(path: string): Promise<string | undefined> {
  try {
    (await Bun.connect({ unix: path, socket: { data() {} } })).terminate();
    return undefined;
  } catch (error) {
    const what = errorCode(error) === "ENOENT" ? "does not exist: nothing is listening" : `did not answer: ${reasonOf(error)}`;
    return `xDS socket "${path}" ${what}`;
  }
}

async function serverProblem(host: string, port: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(LIMIT);
  try {
    (await connect({ host, port, signal })).cut();
    return undefined;
  } catch (error) {
    const where = `xDS upstream ${joinHostPort(host, String(port))}`;
    if (signal.aborted) return `${where} did not answer within ${LIMIT} ms`;
    return `${where} did not answer: ${reasonOf(error)}`;
  }
}
