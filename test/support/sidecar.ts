import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import { environmentOf, type Setting, workDirectory } from "../envoy/support.ts";
import { type Admin, adminAt } from "./admin.ts";
import { writeResources } from "./envoy-resources.ts";
import { startSlowServer } from "./slow-server.ts";
import { BINARY } from "./subject.ts";

/** The binary with a real Envoy whose inbound listener leads to a slow server; all of it ends with the scope. */
export interface Sidecar extends AsyncDisposable {
  readonly agent: Bun.Subprocess;
  /** What agent and Envoy have logged so far. Kept in a file: a pipe that nobody empties stops Envoy. */
  readonly log: () => string;
  /** Base address of the inbound listener. */
  readonly url: string;
  readonly admin: Admin;
  readonly directory: string;
  /** Process ids of the agent's children: the Envoys it runs. */
  readonly envoys: () => readonly number[];
}

/** Starts a sidecar on free ports and waits until it is LIVE; `words` follow `proxy sidecar --xds file:DIRECTORY`. */
export async function startSidecar({ words = [], ...setting }: Setting = {}): Promise<Sidecar> {
  const directory = workDirectory();
  const [admin = 0, listener = 0, metrics = 0, readiness = 0, status = 0] = await freePorts(5);
  const upstream = await startSlowServer();
  const xds = join(directory, "xds");
  writeResources(xds, { listener, upstream: upstream.port });
  const env = environmentOf(
    {
      ...setting,
      proxyConfig: { proxyAdminPort: admin, statusPort: status, ...setting.proxyConfig },
      environment: { ENVOY_PROMETHEUS_PORT: String(metrics), ENVOY_STATUS_PORT: String(readiness), ...setting.environment },
    },
    directory,
  );
  const command = [...BINARY.command, "proxy", "sidecar", "--xds", `file:${xds}`, ...words];
  const logFile = join(directory, "log");
  const agent = Bun.spawn(command, { cwd: directory, env, stdio: ["ignore", "ignore", openSync(logFile, "a")] });
  const log = () => readFileSync(logFile, "utf8");
  const envoys = () => childrenOf(agent.pid);
  const sidecar = { agent, log, url: `http://127.0.0.1:${listener}`, admin: adminAt(admin), directory, envoys };
  const end = async () => {
    const left = envoys();
    agent.kill("SIGKILL");
    for (const pid of left) killIfThere(pid);
    upstream[Symbol.dispose]();
    await agent.exited;
  };
  try {
    await sidecar.admin.untilState("LIVE");
  } catch (error) {
    await end();
    throw new Error(log(), { cause: error });
  }
  return { ...sidecar, [Symbol.asyncDispose]: end };
}

function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch {
    return []; // the agent has ended
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}
