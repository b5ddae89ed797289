import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { memoryOf } from "./measure-idle.ts";

/** An agent between hot restarts of a real Envoy. */
export interface Restarts {
  /** Hot restarts so far. */
  readonly count: number;
  /** In MB. */
  readonly privateDirty: number;
  readonly descriptors: number;
}

const LIMIT = 60_000;
/** The runtime returns unused memory within moments. */
const SETTLE = 3_000;

/**
 * Performs hot restarts of one agent with the real Envoy one after the other, and measures after some of them. Requires a network with free
 * default ports.
 * @throws Error with the log if a restart fails
 */
export async function measureRestarts(
  directory: string,
  {
    attache,
    envoy,
    total,
    looks,
  }: { readonly attache: string; readonly envoy: string; readonly total: number; readonly looks: readonly number[] },
): Promise<readonly Restarts[]> {
  const place = join(directory, "restarts");
  mkdirSync(place);
  cpSync(join(ROOT, "examples/hello"), join(place, "xds"), { recursive: true });
  const log = join(place, "log");
  const config = {
    binaryPath: envoy,
    controlPlaneAuthPolicy: "NONE",
    discoveryAddress: "localhost:15010",
    drainDuration: "1s",
    terminationDrainDuration: "0s",
  };
  const child = Bun.spawn([attache, "proxy", "sidecar", "--xds", `file:${place}/xds`, "--hot-restart", "--parent-shutdown-time", "1"], {
    cwd: place,
    env: { PATH: process.env["PATH"] ?? "", CLOUD_PLATFORM: "none", INSTANCE_IP: "127.0.0.1", PROXY_CONFIG: JSON.stringify(config) },
    stdio: ["ignore", Bun.file(log), Bun.file(log)],
  });
  try {
    await until(() => isLive(0), log);
    const seen: Restarts[] = [];
    for (let count = 1; count <= total; count++) {
      child.kill("SIGHUP");
      await until(async () => (await isLive(count)) && readFileSync(log, "utf8").includes(`Epoch ${count - 1} exited normally`), log);
      if (!looks.includes(count)) continue;
      await Bun.sleep(SETTLE);
      seen.push({ count, privateDirty: memoryOf(child.pid).privateDirty, descriptors: readdirSync(`/proc/${child.pid}/fd`).length });
    }
    return seen;
  } finally {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await child.exited;
    clearTimeout(timer);
  }
}

async function until(holds: () => Promise<boolean>, log: string): Promise<void> {
  const limit = Date.now() + LIMIT;
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error(`Cannot measure hot restarts: one does not end\n${readFileSync(log, "utf8").slice(-2_000)}`);
    await Bun.sleep(20);
  }
}

async function isLive(epoch: number): Promise<boolean> {
  try {
    const answer = await fetch("http://127.0.0.1:15000/server_info", {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(2_000),
    });
    const { state, command_line_options: options } = JSON.parse(await answer.text());
    return state === "LIVE" && Number(options.restart_epoch) === epoch;
  } catch {
    return false; // it is between two epochs
  }
}
