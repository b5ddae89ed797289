import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import { IN_OWN_NETWORK } from "../bench/isolation.ts";
import { IS_ROOT } from "../scenarios/support.ts";
import { parsePage } from "../support/prometheus-parser.ts";
import { SOURCE } from "../support/subject.ts";
import { startXdsServer } from "../support/xds-server.ts";
import { answers, type RunningProxy, startProxy } from "./proxy.ts";
import { eventually, runToEnd, workDirectory } from "./support.ts";

async function readiness({ status }: RunningProxy): Promise<number> {
  const response = await fetch(`${status}/healthz/ready`, { headers: { connection: "close" }, signal: AbortSignal.timeout(30_000) });
  await response.arrayBuffer();
  return response.status;
}

const answersAtAll = (proxy: RunningProxy) => eventually(async () => ((await readiness(proxy)) > 0 ? true : undefined));
const post = (proxy: RunningProxy, path: string) => fetch(`${proxy.status}${path}`, { method: "POST" });

/** No certificate is needed, so a CA that does not answer does no harm: nothing listens on this address. */
const WITHOUT_CA = { CA_ADDR: "127.0.0.2:15010" };

const becomesReady = (proxy: RunningProxy) => eventually(async () => ((await readiness(proxy)) === 200 ? true : undefined));

async function pageOf({ status }: RunningProxy, accept: string) {
  const response = await fetch(`${status}/stats/prometheus`, { headers: { accept } });
  return { type: response.headers.get("content-type"), text: await response.text() };
}

/** Starts an application with metrics in the requested format. */
function startShop() {
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: ({ headers }) =>
      headers.get("accept")?.includes("openmetrics")
        ? new Response("# TYPE shop_orders counter\nshop_orders_total 3\n# EOF\n", {
            headers: { "content-type": "application/openmetrics-text; version=1.0.0" },
          })
        : new Response("# TYPE shop_orders_total counter\nshop_orders_total 3\n", { headers: { "content-type": "text/plain" } }),
  });
  const annotations = { scrape: "true", port: String(server.port), path: "/metrics" };
  return {
    environment: { ISTIO_PROMETHEUS_ANNOTATIONS: JSON.stringify(annotations) },
    [Symbol.dispose]: () => void server.stop(true),
  };
}

describe("readiness checks use Envoy's actual admin address", () => {
  test("with an IPv6 address first and IPv4 second, which is logged once", async () => {
    await using proxy = await startProxy(SOURCE, { environment: { INSTANCE_IP: "fd00::1" } });
    await becomesReady(proxy);
    await proxy.saying("Envoy proxy is ready");
    const warned = proxy
      .said()
      .split("\n")
      .filter((line) => line.includes("ISTIO_DUAL_STACK"));
    expect(warned).toEqual([
      expect.stringContaining(
        "Envoy listens on IPv4 only, but the pod's first address is fd00::1: set ISTIO_DUAL_STACK=true for a dual-stack pod",
      ),
    ]);
    proxy.process.kill("SIGTERM");
    expect((await proxy.ended()).status).toBe(0);
    expect(proxy.said()).not.toContain("does not answer");
  }, 180_000);

  test("with an override that moves the admin interface", async () => {
    const directory = workDirectory();
    const [port = 0] = await freePorts(1);
    const override = join(directory, "override.yaml");
    await Bun.write(override, `admin: { address: { socket_address: { address: 127.0.0.2, port_value: ${port} } } }\n`);
    await using proxy = await startProxy(SOURCE, { environment: { ISTIO_BOOTSTRAP_OVERRIDE: override } });
    await becomesReady(proxy);
    await proxy.saying("Epoch 0 is live");
    proxy.process.kill("SIGTERM");
    expect((await proxy.ended()).status).toBe(0);
    expect(proxy.said()).not.toContain("does not answer");
  }, 180_000);
});

describe("readiness with a real control plane", () => {
  test("is kept while a new epoch waits for its resources and the previous one serves", async () => {
    const args = ["sidecar", "--hot-restart", "--readiness", "live", "--parent-shutdown-time", "1"];
    const [port = 0] = await freePorts(1);
    await using xds = await startXdsServer(port);
    await using proxy = await startProxy(SOURCE, {
      args,
      proxyConfig: { discoveryAddress: `127.0.0.1:${port}` },
      environment: WITHOUT_CA,
    });
    for (const kind of ["cds", "lds"] as const) {
      await xds.asked(kind);
      xds.sendEmpty(kind);
    }
    await becomesReady(proxy);
    await proxy.saying("Epoch 0 is live");
    proxy.process.kill("SIGHUP");
    await eventually(() => answers(`${proxy.admin}/ready`, "PRE_INITIALIZING\n"));
    expect(await readiness(proxy)).toBe(200);
    await eventually(() => {
      xds.sendEmpty("cds");
      xds.sendEmpty("lds");
      return proxy.said().includes("Epoch 1 is live") ? true : undefined;
    });
    await becomesReady(proxy);
    expect(proxy.said()).not.toMatch(/is ready[\s\S]*NOT ready/);
    proxy.process.kill("SIGKILL");
    await proxy.ended();
  }, 180_000);

  test("names a control plane that cannot be reached", async () => {
    const [port = 0] = await freePorts(1);
    await using proxy = await startProxy(SOURCE, {
      args: ["sidecar"],
      proxyConfig: { discoveryAddress: `127.0.0.1:${port}` },
      environment: WITHOUT_CA,
    });
    await answersAtAll(proxy);
    await eventually(async () => {
      expect(await readiness(proxy)).toBe(503);
      return (
        proxy
          .said()
          .match(new RegExp(`NOT ready: CDS not received.*control plane "127\\.0\\.0\\.1:${port}": UNAVAILABLE: .*connection refused`)) ??
        undefined
      );
    });
  }, 180_000);
});

describe("with resources from files", () => {
  test("the page has Envoy's, the agent's and the application's families, and Prometheus' parser accepts it", async () => {
    using shop = startShop();
    await using proxy = await startProxy(SOURCE, { environment: shop.environment });
    await becomesReady(proxy);
    const text = await pageOf(proxy, "text/plain");
    expect(text.type).toBe("text/plain; version=0.0.4; charset=utf-8");
    const open = await pageOf(proxy, "application/openmetrics-text; version=1.0.0");
    expect(open.type).toBe("application/openmetrics-text; version=1.0.0; charset=utf-8");
    expect(open.text).toEndWith("# EOF\n");
    for (const page of [text, open]) {
      const families = (await parsePage(page.text, "text")).map(([name]) => name);
      expect(families).toContain("istio_agent_build_info");
      expect(families.some((name) => name.startsWith("shop_orders"))).toBe(true);
      expect(families.filter((name) => name.startsWith("envoy_")).length).toBeGreaterThan(10);
    }
  }, 180_000);

  test("without Envoy's families, which have a single format, the page is strict OpenMetrics", async () => {
    using shop = startShop();
    await using proxy = await startProxy(SOURCE, { environment: { ...shop.environment, PILOT_AGENT_MERGE_ENVOY_STATS: "false" } });
    await becomesReady(proxy);
    const families = await parsePage((await pageOf(proxy, "application/openmetrics-text; version=1.0.0")).text, "openmetrics");
    expect(families).toContainEqual(["istio_agent_scrapes", "counter", 1]);
    expect(families.at(-1)).toEqual(["shop_orders", "counter", 1]);
  }, 180_000);

  test("after /drain, a stop does not drain again", async () => {
    await using proxy = await startProxy(SOURCE, { proxyConfig: { terminationDrainDuration: "30s" } });
    await becomesReady(proxy);
    expect(await (await post(proxy, "/drain")).text()).toBe("OK");
    proxy.process.kill("SIGTERM");
    const { status, milliseconds } = await proxy.ended();
    expect(status).toBe(0);
    expect(milliseconds).toBeLessThan(15_000);
  }, 180_000);

  test("quitquitquit ends agent and Envoy with 0", async () => {
    await using proxy = await startProxy(SOURCE, { proxyConfig: { terminationDrainDuration: "30s" } });
    await becomesReady(proxy);
    expect(await (await post(proxy, "/quitquitquit")).text()).toBe("OK");
    expect((await proxy.ended()).status).toBe(0);
  }, 180_000);
});

/** `request` always uses port 15000, so agent and commands run in a separate network namespace. */
test("wait, request and run as in a pod: missing resources, admin responses, the job's status", async () => {
  const socket = join(workDirectory(), "control-plane");
  await using xds = await startXdsServer(socket);
  await using proxy = await startProxy(
    { name: "in a network of its own", command: [...IN_OWN_NETWORK, ...SOURCE.command] },
    {
      args: ["sidecar"],
      environment: WITHOUT_CA,
      proxyConfig: { proxyAdminPort: 15_000, statusPort: 15_020, terminationDrainDuration: "30s" },
    },
  );
  await proxy.saying("Envoy command");
  const forwarder = join(import.meta.dir, "fixtures/forward-to-socket.ts");
  await using _forwarding = Bun.spawn([...inNetworkOf(proxy.process.pid), process.execPath, forwarder, "15010", socket], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const attache = (...args: readonly string[]) =>
    runToEnd([...inNetworkOf(proxy.process.pid), ...SOURCE.command, ...args], workDirectory(), { PATH: process.env["PATH"] ?? "" });
  const url = "--url=http://localhost:15020/healthz/ready";
  await xds.asked("cds");
  const early = await attache("wait", "--timeoutSeconds=6", "--requestTimeoutMillis=5000", "--periodMillis=500", url);
  expect({ status: early.status, err: early.err }).toEqual({ status: 255, err: expect.stringContaining("CDS not received") });
  xds.sendEmpty("cds");
  await xds.asked("lds");
  xds.sendEmpty("lds");
  expect((await attache("wait", "--periodMillis=20", url)).status).toBe(0);
  expect(await attache("request", "GET", "ready")).toEqual({ status: 0, out: "LIVE\n\n", err: "" });
  expect(JSON.parse((await attache("request", "GET", "/server_info")).out).state).toBe("LIVE");
  expect((await attache("request", "GET", "no-such-page")).status).toBe(0);
  const job = await attache("run", "--periodMillis=20", "--", "sh", "-c", "echo done; exit 7");
  expect({ status: job.status, out: job.out }).toEqual({ status: 7, out: "done\n" });
  expect((await proxy.ended()).status).toBe(0);
}, 180_000);

/** Returns the arguments to run a program in a process's network namespace, through its user namespace if it has one. */
function inNetworkOf(pid: number): readonly string[] {
  return ["nsenter", "--target", String(pid), "--net", ...(IS_ROOT ? [] : ["--user", "--preserve-credentials"])];
}
