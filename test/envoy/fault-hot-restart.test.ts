import { expect, test } from "bun:test";
import { chmodSync, rmSync } from "node:fs";
import { join } from "node:path";
import { BINARY } from "../support/subject.ts";
import { inOrder } from "./in-order.ts";
import { isGone, type RunningProxy, startProxy } from "./proxy.ts";
import { ENVOY, eventually, type Setting, workDirectory, write } from "./support.ts";

// Failures during a hot restart of the real Envoy, on the built binary. See also restart.test.ts.

/** Hot restart with a number of seconds in which both epochs run. */
function hot(seconds: number): Setting {
  return {
    proxyConfig: { terminationDrainDuration: "0s", drainDuration: "1s" },
    environment: { ATTACHE_HOT_RESTART: "true", ATTACHE_PARENT_SHUTDOWN_TIME: String(seconds) },
  };
}

const MOMENTS = [
  ["the new epoch has just been started", "--restart-epoch 1"],
  ["both epochs run", "Epoch 1 is live"],
] as const;

test.each(MOMENTS)("an agent killed when %s leaves no Envoy", async (_, moment) => {
  await using proxy = await startProxy(BINARY, hot(600));
  await proxy.live();
  proxy.process.kill("SIGHUP");
  await proxy.saying(moment);
  const envoys = await eventually(() => (proxy.envoys().length === 2 ? proxy.envoys() : undefined));
  proxy.process.kill("SIGKILL");
  try {
    await proxy.process.exited;
    await eventually(() => (envoys.every(isGone) ? true : undefined));
    expect(fetch(proxy.url)).rejects.toThrow();
  } finally {
    for (const pid of envoys) if (!isGone(pid)) process.kill(pid, "SIGKILL");
    removeSharedMemory(proxy);
  }
});

test("SIGHUP while the old epoch retires: the next one waits for its end, and no epoch number is skipped", async () => {
  await using proxy = await startProxy(BINARY, hot(6));
  await proxy.live();
  proxy.process.kill("SIGHUP");
  await proxy.saying("Epoch 1 is live");
  proxy.process.kill("SIGHUP");
  await proxy.saying("Epoch 2 is live");
  proxy.process.kill("SIGTERM");
  expect((await proxy.ended()).status).toBe(0);
  inOrder(
    proxy.said(),
    "Epoch 1 is live",
    "it follows the hot restart in progress",
    "Epoch 0 exited normally",
    "Preparing epoch 2 (SIGHUP)",
    "--restart-epoch 2",
    "Epoch 2 is live",
    "Epoch 2 exited normally",
  );
  expect(proxy.envoys()).toEqual([]);
}, 180_000);

test("SIGTERM while the next epoch is being prepared: it never serves, and the one that does ends in order", async () => {
  await using proxy = await startProxy(BINARY, hot(2));
  await proxy.live();
  proxy.process.kill("SIGHUP");
  await proxy.saying("Preparing epoch 1");
  proxy.process.kill("SIGTERM");
  expect((await proxy.ended()).status).toBe(0);
  const said = proxy.said();
  inOrder(said, "Preparing epoch 1", "Received SIGTERM");
  // The signal may arrive too late for that; the new epoch then gets SIGTERM, and the old one ends with it.
  if (said.includes("--restart-epoch 1")) inOrder(said, "Received SIGTERM", "Epoch 1 exited normally");
  inOrder(said, "Received SIGTERM", "Epoch 0 exited normally");
});

/** Returns an Envoy whose first epoch 1 rejects its settings after it has attached to the shared memory, as they were not validated. */
function failsOnce(): string {
  const directory = workDirectory();
  const path = write(
    join(directory, "envoy"),
    `#!/bin/sh
case "$*" in
  *"--mode validate"*) ;;
  *"--restart-epoch 1 "*) [ -e '${directory}/failed' ] || { touch '${directory}/failed'; exec '${ENVOY}' "$@" --config-yaml '{admin: 1}'; } ;;
esac
exec '${ENVOY}' "$@"
`,
  );
  chmodSync(path, 0o755);
  return path;
}

test("after an epoch that ends before it is live, the old one serves and the number is reused", async () => {
  const setting = hot(2);
  await using proxy = await startProxy(BINARY, { ...setting, proxyConfig: { ...setting.proxyConfig, binaryPath: failsOnce() } });
  await proxy.live();
  proxy.process.kill("SIGHUP");
  await proxy.saying("Retrying in 5 s");
  expect(await (await fetch(proxy.url)).text()).toBe("hello from attache\n");
  await proxy.saying("Epoch 1 is live");
  proxy.process.kill("SIGTERM");
  expect((await proxy.ended()).status).toBe(0);
  inOrder(
    proxy.said(),
    "Epoch 1 exited with error: exit status 1",
    "Epoch 1 exited before it was live; keeping epoch 0",
    "Epoch 1 is live",
  );
}, 180_000);

/** Nothing else removes it. */
function removeSharedMemory(proxy: RunningProxy): void {
  const [, baseId] = /--base-id (\d+)/.exec(proxy.said()) ?? [];
  if (baseId !== undefined) rmSync(`/dev/shm/envoy_shared_memory_${baseId}0`, { force: true });
}
