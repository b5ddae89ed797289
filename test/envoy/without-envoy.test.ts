import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BINARY } from "../support/subject.ts";
import { type RunningProxy, startProxy } from "./proxy.ts";
import { environmentOf, runToEnd, type Setting, workDirectory, write } from "./support.ts";

// DISABLE_ENVOY (contract 1.30 §9.1, §9.5, §10.2): the agent serves its status port and waits; there is no Envoy at all.

const ALONE: Setting = {
  args: ["sidecar"],
  environment: { DISABLE_ENVOY: "true", OUTPUT_CERTS: "data", ISTIO_META_DNS_CAPTURE: "false" },
};

async function statusOf({ status }: RunningProxy, path: string, method = "GET"): Promise<number> {
  return (await fetch(`${status}${path}`, { method, headers: { connection: "close" } })).status;
}

async function serves(proxy: RunningProxy): Promise<void> {
  await proxy.saying("Opening status port");
  expect(proxy.envoys()).toEqual([]);
  // Nothing for Envoy, but what gRPC applications use.
  const made = ["proxy/envoy-rev.json", "proxy/XDS", "etc/istio/proxy/grpc-bootstrap.json"];
  expect(made.map((path) => existsSync(join(proxy.directory, path)))).toEqual([false, true, true]);
}

describe("without Envoy", () => {
  test("the agent is ready when the application's certificates exist, and SIGTERM ends it with 0 at once", async () => {
    await using proxy = await startProxy(BINARY, { ...ALONE, proxyConfig: { terminationDrainDuration: "60s" } });
    await serves(proxy);
    expect(await statusOf(proxy, "/healthz/ready")).toBe(503);
    for (const name of ["cert-chain.pem", "key.pem", "root-cert.pem"]) write(join(proxy.directory, "data", name), "");
    expect(await statusOf(proxy, "/healthz/ready")).toBe(200);
    const page = await (await fetch(`${proxy.status}/stats/prometheus`)).text();
    expect(page).toContain("istio_agent_build_info");
    expect(page).not.toContain("scrape_failures_total{");
    proxy.process.kill("SIGTERM");
    const { status, milliseconds } = await proxy.ended();
    expect([status, milliseconds < 50_000]).toEqual([0, true]);
    expect(proxy.said()).not.toContain("Draining");
  }, 180_000);

  test("a drain request gets a response and quitquitquit ends it with 0", async () => {
    await using proxy = await startProxy(BINARY, ALONE);
    await serves(proxy);
    expect(await statusOf(proxy, "/drain", "POST")).toBe(200);
    proxy.process.kill("SIGHUP");
    proxy.process.kill("SIGUSR1");
    await proxy.saying("Ignoring SIGHUP");
    expect(await statusOf(proxy, "/quitquitquit", "POST")).toBe(200);
    expect((await proxy.ended()).status).toBe(0);
  }, 180_000);

  test("without a status port it runs until it is stopped", async () => {
    using taken = Bun.listen({ hostname: "::", port: 0, socket: { data() {} } });
    await using proxy = await startProxy(BINARY, { ...ALONE, proxyConfig: { statusPort: taken.port } });
    await proxy.saying("Cannot listen on status port");
    proxy.process.kill("SIGHUP");
    await proxy.saying("Ignoring SIGHUP");
    proxy.process.kill("SIGTERM");
    expect((await proxy.ended()).status).toBe(0);
  }, 180_000);

  test("render and --exec report that there is no Envoy", async () => {
    const directory = workDirectory();
    const env = environmentOf(ALONE, directory);
    expect(await runToEnd([...BINARY.command, "render", "sidecar"], directory, env)).toEqual({
      status: 255,
      out: "",
      err: expect.stringContaining("Cannot print a bootstrap: DISABLE_ENVOY is set"),
    });
    const exec = await runToEnd([...BINARY.command, "proxy", "sidecar", "--exec", "--xds", `file:${directory}`], directory, env);
    expect([exec.status, exec.err]).toEqual([255, expect.stringContaining("there is no Envoy to exec")]);
  }, 180_000);
});
