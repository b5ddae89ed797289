import { afterAll } from "bun:test";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import { freeBaseId } from "../../src/host/envoy/free-base-id.ts";
import { removeSharedMemory } from "../../src/host/envoy/shared-memory.ts";
import { writeFiles } from "../../src/host/files/write-files.ts";
import { HOST } from "../../src/host/host.ts";
import { environmentOf as environmentFrom } from "../../src/inputs/environment.ts";
import { makePlan, questionsOf } from "../../src/launch/make-plan.ts";
import type { EpochPlan } from "../../src/launch/plan.ts";
import { readSettings } from "../../src/profiles/read-settings.ts";
import { commandOf } from "../support/command-of.ts";
import { ROOT } from "../support/subject.ts";
import { ENVOY, environmentOf, eventually, type Setting, workDirectory } from "./support.ts";

/** Epochs of one Envoy with their own ports, base-id and directory. */
export interface Epochs {
  readonly baseId: number;
  readonly admin: string;
  readonly url: string;
  /** Returns the launch of an epoch as the profile plans it, with free ports and its listener from a file. */
  readonly plan: (epoch: number) => Promise<EpochPlan>;
  readonly start: (launch: EpochPlan, args: readonly string[]) => Running;
  /** Resolves when the admin interface reports this epoch as live. */
  readonly live: (epoch: number) => Promise<void>;
}

export type Running = Bun.Subprocess<"ignore", "ignore", "pipe">;

/** Creates the epochs of a profile; processes and shared memory are removed at the end of the tests. */
export async function epochsOf(profile: string): Promise<Epochs> {
  const directory = workDirectory();
  const [admin = 0, listener = 0, metrics = 0, readiness = 0] = await freePorts(4);
  const baseId = freeBaseId({ adminPort: admin, configPath: directory, agent: process.pid });
  const running: Running[] = [];
  afterAll(async () => {
    for (const child of running) child.kill("SIGKILL");
    await Promise.all(running.map(({ exited }) => exited));
    removeSharedMemory(baseId);
  });
  const xds = resources(directory, listener);
  const ports = new Map([
    ["15090", metrics],
    ["15021", readiness],
  ]);
  const setting = settingFor(profile, directory, xds, admin);
  return {
    baseId,
    admin: `http://127.0.0.1:${admin}`,
    url: `http://127.0.0.1:${listener}/`,
    plan: async (epoch) => onPorts(await planned(profile, setting, directory, epoch), ports),
    start(launch, args) {
      writeFiles(launch, () => {});
      const child = Bun.spawn([ENVOY, ...args], { cwd: directory, stdio: ["ignore", "ignore", "pipe"] });
      running.push(child);
      return child;
    },
    live: (epoch) => eventually(() => isLive(admin, epoch)).then(() => {}),
  };
}

/** Writes listener and clusters of the example with a free port. Returns their directory. */
function resources(directory: string, port: number): string {
  const xds = join(directory, "xds");
  cpSync(join(ROOT, "examples/hello"), xds, { recursive: true });
  const text = listeners.replace("port_value: 10000", `port_value: ${port}`);
  writeFileSync(join(xds, "listeners.yaml"), text);
  return xds;
}

const listeners = await Bun.file(join(ROOT, "examples/hello/listeners.yaml")).text();

/** If a profile cannot read resources from files, the override enables it: no xDS server is running. */
function settingFor(profile: string, directory: string, xds: string, admin: number): Setting & { readonly args: readonly string[] } {
  const fast = { proxyAdminPort: admin, drainDuration: "1s" };
  if (profile === "istio-1.30") return { args: ["--xds", `file:${xds}`], proxyConfig: fast };
  const override = join(directory, "override.json");
  const source = (name: string) => ({ path_config_source: { path: join(xds, name) }, resource_api_version: "V3" });
  mkdirSync(directory, { recursive: true });
  writeFileSync(
    override,
    JSON.stringify({ dynamic_resources: { lds_config: source("listeners.yaml"), cds_config: source("clusters.yaml") } }),
  );
  return {
    args: ["--adapt-envoy"],
    proxyConfig: { ...fast, parentShutdownDuration: "2s" },
    environment: { ISTIO_BOOTSTRAP_OVERRIDE: override },
  };
}

/** Planned in process, as the supervisor chooses the epoch; no cloud is searched. */
async function planned(
  profile: string,
  setting: Setting & { readonly args: readonly string[] },
  directory: string,
  epoch: number,
): Promise<EpochPlan> {
  const environment = environmentFrom(Object.entries(environmentOf(setting, directory)));
  const { choice, invocation } = commandOf(["--profile", profile, "proxy", ...setting.args], environment);
  const inputs = HOST.readInputs(environment, invocation.flags.string("meshConfig"));
  const settings = readSettings(choice.profile, invocation, inputs);
  const questions = questionsOf(choice.profile, settings).filter(({ kind }) => kind !== "platform");
  return makePlan(choice.profile, settings, await HOST.answerQuestions(questions, inputs)).epoch(epoch);
}

/** Replaces the contract's fixed ports by free ones, so that nothing else on the machine conflicts. */
function onPorts(launch: EpochPlan, ports: ReadonlyMap<string, number>): EpochPlan {
  const text = [...ports].reduce(
    (all, [from, to]) => all.replaceAll(`"port_value": ${from}\n`, `"port_value": ${to}\n`),
    launch.bootstrap ?? "",
  );
  const files = launch.files.map((file) => (file.path === launch.configFile ? { ...file, text } : file));
  return { ...launch, bootstrap: text, files };
}

async function isLive(admin: number, epoch: number): Promise<true | undefined> {
  const response = await fetch(`http://127.0.0.1:${admin}/server_info`, {
    headers: { connection: "close" },
    signal: AbortSignal.timeout(1_000),
  });
  // The members of the response that are used.
  const info = (await response.json()) as { state?: string; command_line_options?: { restart_epoch?: number } };
  return info.state === "LIVE" && (info.command_line_options?.restart_epoch ?? 0) === epoch ? true : undefined;
}
