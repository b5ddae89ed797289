import { openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import { environmentOf, type Setting, workDirectory, write } from "../envoy/support.ts";
import { type Admin, adminAt } from "./admin.ts";
import { type Inbound, writeResources } from "./envoy-resources.ts";
import { startSlowServer } from "./slow-server.ts";
import { BINARY } from "./subject.ts";

/** The binary with a real Envoy whose inbound listener leads to a slow server; all of it ends with the scope. */
export interface Sidecar extends AsyncDisposable {
  readonly agent: Bun.Subprocess;
  /** What agent and Envoy have logged so far. Kept in a file: a pipe that nobody empties stops Envoy. */
  readonly log: () => string;
  /** Base address of the inbound listener. */
  readonly url: string;
  /** Base address of the status port. */
  readonly status: string;
  readonly admin: Admin;
  /** Gives Envoy other resources, by the files it watches. */
  readonly change: (resources: Pick<Inbound, "revision" | "accessLog">) => void;
  readonly directory: string;
  /** Process ids of the agent's children: the Envoys it runs. */
  readonly envoys: () => readonly number[];
}

/** The contract a sidecar is started with; that of release 1.6 is adapted to the Envoy of the tests. */
export type Contract = "istio-1.6" | "istio-1.30";

/** Starts a sidecar on free ports and waits until it is LIVE; `words` follow those that let Envoy read its resources from files. */
export async function startSidecar(
  { args = [], ...setting }: Setting = {},
  contract: Contract = "istio-1.30",
  directory = workDirectory(),
): Promise<Sidecar> {
  const [admin = 0, listener = 0, metrics = 0, readiness = 0, status = 0] = await freePorts(5);
  const upstream = await startSlowServer();
  const xds = join(directory, "xds");
  const change: Sidecar["change"] = (resources) => writeResources(xds, { listener, upstream: upstream.port, ...resources });
  change({});
  const source = resourcesOf(contract, directory, xds);
  const ports = { ENVOY_PROMETHEUS_PORT: String(metrics), ENVOY_STATUS_PORT: String(readiness) };
  const env = environmentOf(
    {
      ...setting,
      proxyConfig: { proxyAdminPort: admin, statusPort: status, ...setting.proxyConfig },
      environment: { ATTACHE_PROFILE: contract, ...ports, ...source.environment, ...setting.environment },
    },
    directory,
  );
  const command = [...BINARY.command, "proxy", "sidecar", ...source.args, ...args];
  const logFile = join(directory, "log");
  const agent = Bun.spawn(command, { cwd: directory, env, stdio: ["ignore", "ignore", openSync(logFile, "a")] });
  const log = () => readFileSync(logFile, "utf8");
  const envoys = () => childrenOf(agent.pid);
  const at = (port: number) => `http://127.0.0.1:${port}`;
  const sidecar = { agent, log, url: at(listener), status: at(status), admin: adminAt(admin), change, directory, envoys };
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

/** How a contract's Envoy comes to read files: release 1.6 needs an override for it, as nothing serves xDS here. */
function resourcesOf(contract: Contract, directory: string, xds: string): Required<Pick<Setting, "args" | "environment">> {
  if (contract === "istio-1.30") return { args: ["--xds", `file:${xds}`], environment: {} };
  const source = (name: string) => ({ path_config_source: { path: join(xds, name) }, resource_api_version: "V3" });
  const resources = { lds_config: source("listeners.yaml"), cds_config: source("clusters.yaml") };
  const override = write(join(directory, "override.json"), JSON.stringify({ dynamic_resources: resources }));
  return { args: ["--adapt-envoy"], environment: { ISTIO_BOOTSTRAP_OVERRIDE: override } };
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
