import { afterAll } from "bun:test";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { argumentsOf, type EnvoyOption } from "../../src/envoy/options.ts";
import { readBaseline } from "../../src/host/linux/memory-cgroup.ts";
import { type End, explainEnd } from "../../src/host/supervisor/post-mortem.ts";
import type { EpochPlan } from "../../src/launch/plan.ts";
import { BLANK_EPOCH } from "../support/blank-plan.ts";
import { optionsOf } from "../support/envoy-options.ts";
import { ENVOY, workDirectory, write } from "./support.ts";

/** The processes that `killAll` ends. */
export const running: Bun.Subprocess[] = [];

/** Kills every process that `start` started; for `afterEach`. */
export async function killAll(): Promise<void> {
  for (const process of running.splice(0)) {
    process.kill("SIGKILL");
    await process.exited;
  }
}

/** Returns the option for a base-id that no other Envoy uses; its shared memory is removed after the tests. */
export function ownBaseId(from: number): EnvoyOption {
  const id = from + process.pid;
  afterAll(() => rmSync(`/dev/shm/envoy_shared_memory_${id * 10}`, { force: true }));
  return { name: "--base-id", value: String(id) };
}

/** Returns a launch of the real Envoy with a given document. */
export function launchOf(document: unknown, options = optionsOf("--disable-hot-restart")): EpochPlan {
  const bootstrap = typeof document === "string" ? document : JSON.stringify(document);
  const configFile = write(join(workDirectory(), "bootstrap.json"), bootstrap);
  return { ...BLANK_EPOCH, binary: ENVOY, options: [{ name: "-c", value: configFile }, ...options], configFile, bootstrap };
}

/** Starts the Envoy of a launch, as arguments of the program `wrap` if it is not empty. */
export function start({ binary, options }: EpochPlan, wrap: readonly string[] = []): Bun.Subprocess {
  const process = Bun.spawn([...wrap, binary, ...argumentsOf(options)], { stdio: ["ignore", "ignore", "ignore"] });
  running.push(process);
  return process;
}

/** Returns how and why a launch that cannot become live ends. */
export async function endOf(
  launch: EpochPlan,
  {
    wrap = [],
    portSettings = [],
    runsOldContract = false,
  }: { wrap?: readonly string[] } & Partial<Pick<End, "portSettings" | "runsOldContract">> = {},
) {
  const process = start(launch, wrap);
  const baseline = readBaseline(launch.epoch, process.pid);
  await process.exited;
  const exit = { code: process.signalCode === null ? process.exitCode : null, signal: process.signalCode };
  return explainEnd(launch, exit, { wasLive: false, isRequested: false, baseline, portSettings, runsOldContract });
}

/** Returns a bootstrap section `admin` that listens on a port. */
export const admin = (port: number, address = "127.0.0.1") => ({ address: { socket_address: { address, port_value: port } } });
