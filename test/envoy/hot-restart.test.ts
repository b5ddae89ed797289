import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { baseIdsIn } from "../../src/envoy/base-id.ts";
import { hotRestartOptions } from "../../src/envoy/hot-restart-options.ts";
import { argumentsOf } from "../../src/envoy/options.ts";
import { sharedMemoryPath } from "../../src/envoy/shared-memory.ts";
import { hotRestartVersion } from "../../src/host/envoy/envoy-version.ts";
import { freeBaseId } from "../../src/host/envoy/free-base-id.ts";
import { removeSharedMemory, repairSharedMemory } from "../../src/host/envoy/shared-memory.ts";
import type { EpochPlan } from "../../src/launch/plan.ts";
import { type Epochs, epochsOf, type Running } from "./epochs.ts";
import { ENVOY, workDirectory, write } from "./support.ts";

const PARENT_SHUTDOWN = 2_000;

function argsOf({ options }: EpochPlan, epoch: number, { baseId }: Epochs): readonly string[] {
  return argumentsOf(hotRestartOptions(options, { epoch, baseId, parentShutdown: PARENT_SHUTDOWN }));
}

async function startEpoch(epochs: Epochs, epoch: number): Promise<Running> {
  const launch = await epochs.plan(epoch);
  const child = epochs.start(launch, argsOf(launch, epoch, epochs));
  const reason = child.stderr.text();
  const lost = child.exited.then(async (status) =>
    Promise.reject(new Error(`Epoch ${epoch} ended with ${status}: ${(await reason).slice(-500)}`)),
  );
  await Promise.race([epochs.live(epoch), lost]);
  lost.catch(() => {});
  return child;
}

async function answer({ url }: Epochs): Promise<string> {
  return (await fetch(url, { headers: { connection: "close" } })).text();
}

describe.each(["istio-1.6", "istio-1.30"])("with the contract of %s", (profile) => {
  test("each epoch exits with 0 after the next one has taken over", async () => {
    const epochs = await epochsOf(profile);
    let current = await startEpoch(epochs, 0);
    for (const epoch of [1, 2, 3]) {
      const next = await startEpoch(epochs, epoch);
      expect(await answer(epochs)).toBe("hello from attache\n");
      expect(await current.exited).toBe(0);
      expect(await answer(epochs)).toBe("hello from attache\n");
      current = next;
    }
    current.kill("SIGTERM");
    expect(await current.exited).toBe(0);
    expect(existsSync(sharedMemoryPath(epochs.baseId))).toBe(true);
    removeSharedMemory(epochs.baseId);
    expect(existsSync(sharedMemoryPath(epochs.baseId))).toBe(false);
  }, 300_000);
});

/** Returns whether an initializing Envoy has set its flag in the last eight bytes. */
function isMarked(baseId: number): boolean {
  return readFileSync(sharedMemoryPath(baseId))
    .subarray(96)
    .some((byte) => byte !== 0);
}

describe("shared memory", () => {
  test("corrupted by a failed epoch is repaired, so that its number can be reused", async () => {
    const epochs = await epochsOf("istio-1.30");
    const { baseId } = epochs;
    const version = await hotRestartVersion(ENVOY);
    if (!version.ok) throw new Error(version.error);
    const zero = await startEpoch(epochs, 0);
    expect(isMarked(baseId)).toBe(false);
    const launch = await epochs.plan(1);
    const args = argsOf(launch, 1, epochs);

    // Without the validation that attache does.
    const bad = epochs.start(launch, [...args, "--config-yaml", "{admin: 1}"]);
    expect([await bad.exited, await bad.stderr.text()]).toEqual([1, expect.stringContaining("admin")]);
    const stuck = epochs.start(launch, args);
    expect([await stuck.exited, await stuck.stderr.text()]).toEqual([1, expect.stringContaining("still initializing")]);

    expect(repairSharedMemory(baseId, "11.105")).toEqual({ ok: false, error: expect.stringContaining('"11.105"') });
    const before = readFileSync(sharedMemoryPath(baseId));
    expect(isMarked(baseId)).toBe(true);
    expect(repairSharedMemory(baseId, version.value)).toEqual({ ok: true, value: "repaired" });
    const after = readFileSync(sharedMemoryPath(baseId));
    expect(isMarked(baseId)).toBe(false);
    expect(after.fill(0, 96)).toEqual(before.fill(0, 96));
    const one = await startEpoch(epochs, 1);
    expect(await zero.exited).toBe(0);
    expect(await answer(epochs)).toBe("hello from attache\n");
    one.kill("SIGTERM");
    expect(await one.exited).toBe(0);
  }, 180_000);

  test("of another size, missing, or that is a link is not changed", () => {
    const baseId = freeBaseId({ adminPort: 0, configPath: workDirectory(), agent: process.pid });
    const path = sharedMemoryPath(baseId);
    const refused = (reason: string) => ({ ok: false, error: `Cannot repair the shared memory "${path}": ${reason}` }) as const;
    const target = write(join(workDirectory(), "other"), "x".repeat(104));
    try {
      expect(repairSharedMemory(baseId, "11.104")).toEqual(refused("no such file or directory"));
      writeFileSync(path, "x".repeat(105));
      expect(repairSharedMemory(baseId, "11.104")).toEqual(refused("it has 105 bytes, not 104"));
      expect(repairSharedMemory(baseId, "disabled")).toEqual(refused(`Envoy's hot-restart version is "disabled", only 11.104 is known`));
      expect(readFileSync(path, "utf8")).toBe("x".repeat(105));
      removeSharedMemory(baseId);
      symlinkSync(target, path);
      expect(repairSharedMemory(baseId, "11.104")).toEqual(refused("too many levels of symbolic links"));
      expect(readFileSync(target, "utf8")).toBe("x".repeat(104));
    } finally {
      removeSharedMemory(baseId);
    }
    expect(() => removeSharedMemory(baseId)).not.toThrow();
  });
});

test("a base-id in use or with leftover files is not assigned to another Envoy", async () => {
  const epochs = await epochsOf("istio-1.30");
  const seed = { adminPort: Number(new URL(epochs.admin).port), configPath: "x", agent: 1 };
  const first = freeBaseId(seed);
  const launch = await epochs.plan(0);
  const child = epochs.start(launch, argumentsOf(hotRestartOptions(launch.options, { epoch: 0, baseId: first, parentShutdown: 1_000 })));
  try {
    await epochs.live(0);
    expect(baseIdsIn(readFileSync("/proc/net/unix", "latin1")).has(first)).toBe(true);
    const second = freeBaseId(seed);
    expect(second).not.toBe(first);
    child.kill("SIGTERM");
    await child.exited;
    expect(baseIdsIn(readFileSync("/proc/net/unix", "latin1")).has(first)).toBe(false);
    expect(freeBaseId(seed)).toBe(second);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
    removeSharedMemory(first);
  }
  expect(freeBaseId(seed)).toBe(first);
});
