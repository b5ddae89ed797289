import { expect, test } from "bun:test";
import { join } from "node:path";
import { BINARY } from "../support/subject.ts";
import { inOrder } from "./in-order.ts";
import { type RunningProxy, startProxy } from "./proxy.ts";
import { eventually, type Setting, write } from "./support.ts";

// An Envoy that ends after its bootstrap was changed is restarted with the last one that was live.

const SETTING: Setting = {
  proxyConfig: { terminationDrainDuration: "0s", drainDuration: "1s" },
  environment: {
    ATTACHE_HOT_RESTART: "true",
    ATTACHE_PARENT_SHUTDOWN_TIME: "1",
    ATTACHE_RESTART: "on-failure",
    ISTIO_BOOTSTRAP_OVERRIDE: "override.yaml",
  },
};

/** Adds to the profile's bootstrap: a cluster that identifies it, and a listener if a port is given. */
function override({ directory }: RunningProxy, cluster: string, port?: number): void {
  const address = { socket_address: { address: "127.0.0.1", port_value: port } };
  const listeners = port === undefined ? [] : [{ name: "more", address, filter_chains: [{ filters: [] }] }];
  write(
    join(directory, "override.yaml"),
    JSON.stringify({ static_resources: { listeners, clusters: [{ name: cluster, type: "STATIC", connect_timeout: "1s" }] } }),
  );
}

async function clustersOf({ admin }: RunningProxy): Promise<string> {
  const response = await fetch(`${admin}/clusters`, { headers: { connection: "close" }, signal: AbortSignal.timeout(2_000) });
  return (await response.text()).replaceAll(/::.*/g, "::");
}

function crash(proxy: RunningProxy): void {
  const [envoy = 0, ...others] = proxy.envoys();
  expect(others).toEqual([]);
  process.kill(envoy, "SIGSEGV");
}

async function changedOnce(): Promise<RunningProxy> {
  const proxy = await startProxy(BINARY, SETTING);
  await proxy.saying("Epoch 0 is live");
  override(proxy, "changed");
  proxy.process.kill("SIGHUP");
  await proxy.saying("Epoch 0 exited normally");
  return proxy;
}

async function ended(proxy: RunningProxy): Promise<void> {
  proxy.process.kill("SIGTERM");
  expect((await proxy.ended()).status).toBe(0);
}

test("an Envoy that crashes soon after it went live with a changed bootstrap gets the previous one", async () => {
  await using proxy = await changedOnce();
  expect(await clustersOf(proxy)).toContain("changed::");
  crash(proxy);
  await proxy.saying("Epoch 0 is live", 2);
  expect(await clustersOf(proxy)).not.toContain("changed::");
  // Again: it is the bootstrap of the running Envoy, so there is no fallback.
  crash(proxy);
  await proxy.saying("Epoch 0 is live", 3);
  await ended(proxy);
  inOrder(
    proxy.said(),
    "Epoch 1 is live",
    "Epoch 1 exited with error: signal: SIGSEGV",
    "Restarting Envoy in 1 s (--restart on-failure)",
    "Falling back to the last working bootstrap",
    "Epoch 0 is live",
    "Restarting Envoy in 2 s (--restart on-failure)",
    "Epoch 0 is live",
  );
  expect(proxy.said().match(/Falling back/g)).toHaveLength(1);
}, 180_000);

test("an Envoy that crashes while its next bootstrap fails is started with its own, not with the failed one", async () => {
  await using proxy = await startProxy(BINARY, SETTING);
  await proxy.saying("Epoch 0 is live");
  using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  override(proxy, "refused", taken.port);
  proxy.process.kill("SIGHUP");
  // Envoy accepts it in validation, as only a start shows that the port is in use.
  await proxy.saying("Epoch 1 exited before it was live");
  const [envoy = 0] = await eventually(() => (proxy.envoys().length === 1 ? proxy.envoys() : undefined));
  process.kill(envoy, "SIGSEGV");
  await proxy.saying("Epoch 0 is live", 2);
  expect(await clustersOf(proxy)).not.toContain("refused::");
  await ended(proxy);
  inOrder(
    proxy.said(),
    "Epoch 1 exited before it was live; keeping epoch 0",
    "Epoch 0 exited with error: signal: SIGSEGV",
    "Restarting Envoy in 1 s",
    "Falling back to the last working bootstrap",
    "Epoch 0 is live",
  );
}, 180_000);
