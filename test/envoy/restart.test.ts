import { describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import { type HttpConnection, openConnection } from "../support/http-client.ts";
import { selfSigned } from "../support/self-signed.ts";
import { BINARY } from "../support/subject.ts";
import { inOrder } from "./in-order.ts";
import { type RunningProxy, startProxy } from "./proxy.ts";
import { eventually, type Setting, write } from "./support.ts";

// Hot restart of the real Envoy by the agent: both contracts, every trigger, and failures.

const SHORT = { terminationDrainDuration: "0s", drainDuration: "1s" };
const NEW: Setting = { proxyConfig: SHORT, environment: { ATTACHE_HOT_RESTART: "true", ATTACHE_PARENT_SHUTDOWN_TIME: "1" } };
const OLD: Setting = {
  args: ["sidecar"],
  proxyConfig: { drainDuration: "1s", parentShutdownDuration: "2s", controlPlaneAuthPolicy: "NONE" },
  environment: { ATTACHE_PROFILE: "istio-1.6", ATTACHE_ADAPT_ENVOY: "true", TERMINATION_DRAIN_DURATION_SECONDS: "0" },
};

async function epochOf(proxy: RunningProxy): Promise<number | undefined> {
  const response = await fetch(`${proxy.admin}/server_info`, { signal: AbortSignal.timeout(30_000), headers: { connection: "close" } });
  const info = (await response.json()) as { readonly state: string; readonly command_line_options: { readonly restart_epoch: number } }; // as Envoy documents it
  return info.state === "LIVE" ? info.command_line_options.restart_epoch : undefined;
}

async function untilEpoch(proxy: RunningProxy, epoch: number): Promise<void> {
  await eventually(async () => ((await epochOf(proxy)) === epoch ? true : undefined));
}

async function untilAlone(proxy: RunningProxy): Promise<void> {
  await eventually(() => (proxy.envoys().length === 1 ? true : undefined));
}

async function stopped(proxy: RunningProxy): Promise<void> {
  proxy.process.kill("SIGTERM");
  expect((await proxy.ended()).status).toBe(0);
  const [, baseId] = /--base-id (\d+)/.exec(proxy.said()) ?? [];
  if (baseId !== undefined) expect(readdirSync("/dev/shm")).not.toContain(`envoy_shared_memory_${baseId}0`);
}

describe("SIGHUP", () => {
  test("starts the next epoch and ends the old one, whose file is removed", async () => {
    await using proxy = await startProxy(BINARY, NEW);
    await proxy.live();
    const [first] = proxy.envoys();
    proxy.process.kill("SIGHUP");
    await untilEpoch(proxy, 1);
    await untilAlone(proxy);
    expect(proxy.envoys()).not.toContain(first);
    await eventually(() => (existsSync(join(proxy.directory, "proxy/envoy-rev.json")) ? undefined : true));
    expect(readdirSync(join(proxy.directory, "proxy"))).toContain("envoy-rev1.json");
    await stopped(proxy);
  });

  test("many times in a row starts one more epoch after the current one, and no number is skipped", async () => {
    // The second ten come while both epochs run.
    await using proxy = await startProxy(BINARY, { ...NEW, environment: { ...NEW.environment, ATTACHE_PARENT_SHUTDOWN_TIME: "6" } });
    await proxy.live();
    for (let count = 0; count < 10; count++) proxy.process.kill("SIGHUP");
    await proxy.saying("Epoch 1 is live");
    for (let count = 0; count < 10; count++) proxy.process.kill("SIGHUP");
    await untilEpoch(proxy, 2);
    await untilAlone(proxy);
    expect(await epochOf(proxy)).toBe(2);
    await stopped(proxy);
  }, 180_000);

  test("is ignored if hot restart is off, with the flag that enables it", async () => {
    await using proxy = await startProxy(BINARY, { proxyConfig: SHORT });
    await proxy.live();
    proxy.process.kill("SIGHUP");
    await proxy.saying("Ignoring SIGHUP: hot restart is disabled; enable it with --hot-restart");
    await stopped(proxy);
  });

  test("works by the contract of release 1.6, adapted to this Envoy", async () => {
    await using proxy = await startProxy(BINARY, OLD);
    await proxy.saying("Adapted to Envoy");
    await eventually(() => fetch(`${proxy.admin}/server_info`).then(() => true as const));
    // Without its control plane it never becomes live, and no other epoch may follow.
    proxy.process.kill("SIGHUP");
    await proxy.saying("waiting until epoch 0 is live");
    await stopped(proxy);
  });
});

/** Clusters of which one waits forever for its endpoints: an Envoy with them takes over the admin interface and is never live. */
const STUCK = {
  static_resources: {
    clusters: [
      { name: "nowhere", type: "STATIC" },
      {
        name: "stuck",
        type: "EDS",
        eds_cluster_config: {
          eds_config: {
            resource_api_version: "V3",
            initial_fetch_timeout: "0s",
            api_config_source: {
              api_type: "GRPC",
              transport_api_version: "V3",
              grpc_services: [{ envoy_grpc: { cluster_name: "nowhere" } }],
            },
          },
        },
      },
    ],
  },
};

describe("SIGTERM while a new epoch starts: both Envoys serve until the drain is over, when the new epoch", () => {
  // Connections are counted after the hold, so that the log has a line between the end of that and the end of Envoy.
  const SETTING: Setting = {
    args: ["sidecar", "--xds", "file:xds", "--proxyLogLevel", "info"],
    proxyConfig: { ...SHORT, terminationDrainDuration: "3s" },
    environment: {
      ...NEW.environment,
      ATTACHE_DRAIN: "lossless",
      ATTACHE_PARENT_SHUTDOWN_TIME: "600",
      ISTIO_BOOTSTRAP_OVERRIDE: "override.yaml",
    },
  };
  const NOT_COUNTED = "Cannot count connections: the new epoch has the admin interface and is not live";

  /** Opens a connection to the first epoch, and stops the agent when the log of a hot restart contains a text so many times. */
  async function stopDuringRestart(proxy: RunningProxy, override: object, moment: string, times: number): Promise<HttpConnection> {
    await proxy.live();
    write(join(proxy.directory, "override.yaml"), JSON.stringify(override));
    const connection = await openConnection("127.0.0.1", Number(new URL(proxy.url).port), 10_000);
    if (typeof connection === "string") throw new Error(`The connection is ${connection}`);
    expect(await connection.get("/", 10_000, false)).toMatchObject({ status: 200 });
    proxy.process.kill("SIGHUP");
    await proxy.saying(moment, times);
    proxy.process.kill("SIGTERM");
    return connection;
  }

  /** Expects both Envoys to end after these lines of the drain, and the agent with the status of a stop. */
  async function endsAfter(proxy: RunningProxy, ...lines: readonly string[]): Promise<void> {
    expect((await proxy.ended()).status).toBe(0);
    for (const epoch of [0, 1]) inOrder(proxy.said(), "Received SIGTERM", "Draining Envoy", ...lines, `Epoch ${epoch} exited normally`);
    expect(proxy.envoys()).toEqual([]);
  }

  test.each([
    ["has just been started", "--restart-epoch 1", 1],
    ["takes over the admin interface", "shutting down admin due to child startup", 1],
    ["waits for a cluster", "starting main dispatch loop", 2],
  ] as const)("%s and is never live", async (_, moment, times) => {
    await using proxy = await startProxy(BINARY, SETTING);
    const connection = await stopDuringRestart(proxy, STUCK, moment, times);
    await proxy.saying("Draining Envoy");
    expect(await connection.get("/", 10_000, false)).toMatchObject({ status: 200 });
    await endsAfter(proxy, NOT_COUNTED, "ending the drain");
  });

  test.each([
    ["has just been started", "--restart-epoch 1", 1],
    ["takes over the listeners", "all dependencies initialized. starting workers", 2],
  ] as const)("%s and becomes live", async (_, moment, times) => {
    await using proxy = await startProxy(BINARY, SETTING);
    const connection = await stopDuringRestart(proxy, {}, moment, times);
    await proxy.saying("1 connection is left");
    expect(await connection.get("/", 10_000, false)).toMatchObject({ status: 200 });
    connection.end();
    await endsAfter(proxy, "1 connection is left", "No connections are left");
  });
});

test("after rejected settings the current epoch serves until the next valid ones", async () => {
  await using proxy = await startProxy(BINARY, { ...NEW, environment: { ...NEW.environment, ISTIO_BOOTSTRAP_OVERRIDE: "override.yaml" } });
  await proxy.live();
  write(join(proxy.directory, "override.yaml"), "admin: 5\n");
  proxy.process.kill("SIGHUP");
  await proxy.saying("Cannot start a new epoch, keeping the current one: Envoy rejects it");
  expect(await epochOf(proxy)).toBe(0);
  write(join(proxy.directory, "override.yaml"), "{}\n");
  proxy.process.kill("SIGHUP");
  await untilEpoch(proxy, 1);
  await stopped(proxy);
});

test("--watch notices a changed override; equal settings have no effect", async () => {
  const environment = { ...NEW.environment, ATTACHE_WATCH: "true", ISTIO_BOOTSTRAP_OVERRIDE: "override.yaml" };
  await using proxy = await startProxy(BINARY, { ...NEW, environment });
  await proxy.live();
  const replace = (text: string) => {
    writeFileSync(join(proxy.directory, "override.new"), text);
    renameSync(join(proxy.directory, "override.new"), join(proxy.directory, "override.yaml"));
  };
  replace("stats_flush_interval: 7s\n");
  await untilEpoch(proxy, 1);
  await untilAlone(proxy);
  replace("stats_flush_interval: 7s # the same\n");
  await proxy.saying("Nothing changed, keeping the current epoch");
  expect(await epochOf(proxy)).toBe(1);
  await stopped(proxy);
}, 180_000);

test("the agent's own settings stay: a moved admin interface is rejected, a changed drain is reported", async () => {
  await using proxy = await startProxy(BINARY, NEW);
  await proxy.live();
  const annotate = (config: object) =>
    write(join(proxy.directory, "etc/istio/pod/annotations"), `proxy.istio.io/config=${JSON.stringify(JSON.stringify(config))}\n`);
  const [port = 0] = await freePorts(1);
  annotate({ proxyAdminPort: port });
  proxy.process.kill("SIGHUP");
  await proxy.saying(`its admin interface would move from ${proxy.admin} to http://127.0.0.1:${port}`);
  expect(await epochOf(proxy)).toBe(0);
  annotate({ terminationDrainDuration: "1s" });
  proxy.process.kill("SIGHUP");
  await proxy.saying("Changed, but unused until the agent restarts: how the agent drains, stops and watches Envoy");
  await untilEpoch(proxy, 1);
  await stopped(proxy);
});

test("after a new epoch that dies when it is live, a fresh epoch 0 serves", async () => {
  await using proxy = await startProxy(BINARY, { ...NEW, environment: { ...NEW.environment, ATTACHE_PARENT_SHUTDOWN_TIME: "600" } });
  await proxy.live();
  proxy.process.kill("SIGHUP");
  await proxy.saying("Epoch 1 is live");
  globalThis.process.kill(proxy.envoys().at(-1) ?? 0, "SIGKILL");
  await proxy.saying("starting over with epoch 0");
  await untilEpoch(proxy, 0);
  await untilAlone(proxy);
  await stopped(proxy);
}, 180_000);

test("release 1.6: a certificate changed by the kubelet's swap of ..data starts the next epoch; an equal one does not", async () => {
  const certificates = mkdtempSync(join(tmpdir(), "attache-certificates-"));
  const swap = (version: string, text: string) => {
    write(join(certificates, `..${version}/ca.pem`), text);
    symlinkSync(`..${version}`, join(certificates, "..data_tmp"));
    renameSync(join(certificates, "..data_tmp"), join(certificates, "..data"));
  };
  const [one, two] = await Promise.all([selfSigned("one"), selfSigned("two")]);
  swap("1", one.cert);
  symlinkSync("..data/ca.pem", join(certificates, "ca.pem"));
  const tlsSettings = { mode: "SIMPLE", caCertificates: join(certificates, "ca.pem") };
  const envoyMetricsService = { address: "127.0.0.1:9", tlsSettings };
  // Release 1.6 reads resources only from its control plane; the override makes Envoy read files instead.
  const source = (name: string) => ({ path_config_source: { path: `xds/${name}.yaml` }, resource_api_version: "V3" });
  const override = { dynamic_resources: { lds_config: source("listeners"), cds_config: source("clusters") } };
  const environment = {
    ...OLD.environment,
    ISTIO_BOOTSTRAP_OVERRIDE: write(join(certificates, "override.json"), JSON.stringify(override)),
  };
  await using proxy = await startProxy(BINARY, { ...OLD, environment, proxyConfig: { ...OLD.proxyConfig, envoyMetricsService } });
  await proxy.live();
  swap("2", one.cert);
  await proxy.saying("The watched certificates are unchanged, keeping the current epoch");
  swap("3", two.cert);
  await untilEpoch(proxy, 1);
  expect(proxy.said()).toContain("Preparing epoch 1 (certificates)");
  await stopped(proxy);
  rmSync(certificates, { recursive: true });
}, 180_000);

test("a new epoch that fails after validation is retried with the same number while the old one serves", async () => {
  await using proxy = await startProxy(BINARY, { ...NEW, environment: { ...NEW.environment, ISTIO_BOOTSTRAP_OVERRIDE: "override.yaml" } });
  await proxy.live();
  using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  const typed_config = { "@type": "type.googleapis.com/envoy.extensions.filters.network.direct_response.v3.Config" };
  const listener = {
    name: "taken",
    address: { socket_address: { address: "127.0.0.1", port_value: taken.port } },
    filter_chains: [{ filters: [{ name: "envoy.filters.network.direct_response", typed_config }] }],
  };
  write(join(proxy.directory, "override.yaml"), JSON.stringify({ static_resources: { listeners: [listener] } }));
  proxy.process.kill("SIGHUP");
  await proxy.saying("Epoch 1 exited before it was live; keeping epoch 0");
  await proxy.saying(`127.0.0.1:${taken.port} is in use by`);
  expect(await (await fetch(proxy.url, { headers: { connection: "close" } })).text()).toBe("hello from attache\n");
  write(join(proxy.directory, "override.yaml"), "{}\n");
  await proxy.saying("Retrying in 5 s");
  await untilEpoch(proxy, 1);
  await untilAlone(proxy);
  await stopped(proxy);
}, 180_000);
