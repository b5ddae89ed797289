import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type LoadPlan, startLoad } from "../support/load.ts";
import { type Contract, type Sidecar, startSidecar } from "../support/sidecar.ts";
import { eventually } from "./support.ts";

// Consecutive hot restarts under load: no client notices one, and no resources leak.

/** A restart takes little longer than the old epoch's shutdown time; all ten run with `npm run test:long`. */
const RESTARTS = process.env["ATTACHE_ALL_CASES"] ? 10 : 3;
/** Seconds; those after the drain are for requests that a busy machine delays. */
const PARENT_SHUTDOWN = 5;
const SLOW = { path: "/slow", seconds: 1 };
const CLIENTS: Omit<LoadPlan, "urls"> = { keepAlive: 30, fresh: 4, slow: [SLOW, SLOW] };
const WARM = 500;
/** What the runtime may keep after ten restarts; far below a leak of each Envoy's bootstrap and log. */
const MEMORY_SLACK = 4_000;

const CONTRACTS: readonly (readonly [contract: Contract, args: readonly string[]])[] = [
  ["istio-1.30", ["--hot-restart"]],
  ["istio-1.6", []],
];

/** The resources of an idle agent. */
interface Holding {
  readonly descriptors: number;
  readonly sharedMemory: number;
  readonly epochFiles: readonly string[];
  readonly envoys: number;
}

function holdingOf({ agent, directory, envoys, log }: Sidecar): Holding {
  const [, baseId] = /--base-id (\d+)/.exec(log()) ?? [];
  return {
    descriptors: readdirSync(`/proc/${agent.pid}/fd`).length,
    sharedMemory: readdirSync("/dev/shm").filter((name) => name === `envoy_shared_memory_${baseId}0`).length,
    epochFiles: readdirSync(join(directory, "proxy")).filter((name) => name.startsWith("envoy-rev")),
    envoys: envoys().length,
  };
}

/** Returns the private memory of the agent in kB. */
function privateMemory(pid: number): number {
  return Number(/^Anonymous:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]);
}

/** Performs one hot restart, until the old epoch has ended. @throws Error with the log if it fails */
async function restart(sidecar: Sidecar, epoch: number): Promise<void> {
  try {
    sidecar.agent.kill("SIGHUP");
    await sidecar.admin.untilEpoch(epoch);
    await eventually(() => (sidecar.log().includes(`Epoch ${epoch - 1} exited normally`) ? true : undefined));
    // Its file is removed right after.
    await eventually(() => (holdingOf(sidecar).epochFiles.length === 1 ? true : undefined));
  } catch (error) {
    throw new Error(sidecar.log().slice(-5_000), { cause: error });
  }
}

/** Waits until descriptors of responses in progress are closed. */
async function settled(sidecar: Sidecar, wanted: Holding): Promise<void> {
  await eventually(() => (Bun.deepEquals(holdingOf(sidecar), wanted) ? true : undefined)).catch(() =>
    expect(holdingOf(sidecar)).toEqual(wanted),
  );
}

test.each(CONTRACTS)(
  `${RESTARTS} hot restarts of %s: no request fails, and memory, descriptors and files stay as they were`,
  async (contract, args) => {
    const time = { drainDuration: "1s", terminationDrainDuration: "0s" };
    await using sidecar = await startSidecar(
      {
        args: [...args, "--parent-shutdown-time", String(PARENT_SHUTDOWN)],
        proxyConfig: time,
        environment: { TERMINATION_DRAIN_DURATION_SECONDS: "0" },
      },
      contract,
    );
    const load = startLoad({ urls: [sidecar.url], ...CLIENTS });
    await eventually(() => (load.progress().ok > WARM ? true : undefined));
    await restart(sidecar, 1);
    const first = holdingOf(sidecar);
    const memory = privateMemory(sidecar.agent.pid);
    expect({ ...first, descriptors: 0 }).toEqual({ descriptors: 0, sharedMemory: 1, epochFiles: ["envoy-rev1.json"], envoys: 1 });
    for (let epoch = 2; epoch <= RESTARTS; epoch++) {
      const before = load.progress().ok;
      await restart(sidecar, epoch);
      await settled(sidecar, { ...first, epochFiles: [`envoy-rev${epoch}.json`] });
      expect(load.progress().ok).toBeGreaterThan(before);
    }
    const grown = privateMemory(sidecar.agent.pid) - memory;
    const { failures, closedInOrder } = await load.stop();
    expect(failures).toEqual({ refused: 0, reset: 0, cut: 0, timeout: 0, status: 0 });
    // Each restart closed every keep-alive connection in order.
    expect(closedInOrder).toBeGreaterThanOrEqual(30 * RESTARTS);
    console.info(`${contract}: ${RESTARTS} restarts, memory ${memory} kB after the first and ${grown} kB more after the last`);
    expect(grown).toBeLessThan(MEMORY_SLACK);
    sidecar.agent.kill("SIGTERM");
    expect(await sidecar.agent.exited).toBe(0);
    const [, baseId] = /--base-id (\d+)/.exec(sidecar.log()) ?? [];
    expect(readdirSync("/dev/shm")).not.toContain(`envoy_shared_memory_${baseId}0`);
  },
  240_000,
);
