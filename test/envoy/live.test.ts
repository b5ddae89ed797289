import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { BINARY, ROOT, SOURCE, SUBJECTS } from "../support/subject.ts";
import { answers, replaceListener, startProxy } from "./proxy.ts";
import { ENVOY, environmentOf, eventually, render, runToEnd, type Setting, workDirectory, write } from "./support.ts";

const TLS = {
  mode: "MUTUAL",
  clientCertificate: "/c.pem",
  privateKey: "/k.pem",
  caCertificates: "/ca.pem",
  subjectAltNames: ["a"],
  sni: "s",
};
const HOSTILE = `a"b\\c'd<e>{{x}}`;

/** Settings whose bootstrap a real Envoy must accept. */
const ACCEPTED: readonly (readonly [name: string, setting: Setting])[] = [
  ["the default sidecar", {}],
  ["files instead of a control plane", { args: ["sidecar", "--xds", `file:${join(ROOT, "examples/hello")}`] }],
  ["zipkin with TLS", { proxyConfig: { tracing: { zipkin: { address: "127.0.0.1:9411" }, tlsSettings: TLS } } }],
  ["datadog", { proxyConfig: { tracing: { datadog: { address: "127.0.0.1:8126" } } } }],
  [
    "metrics and access log services",
    {
      proxyConfig: {
        envoyMetricsService: { address: "127.0.0.1:1", tlsSettings: { mode: "ISTIO_MUTUAL" } },
        envoyAccessLogService: { address: "127.0.0.1:2", tlsSettings: TLS },
      },
    },
  ],
  ["statsd", { proxyConfig: { statsdUdpAddress: "127.0.0.1:9125" } }],
  ["the PROXY protocol", { environment: { ENVOY_STATUS_PORT_ENABLE_PROXY_PROTOCOL: "true" } }],
  ["runtime values", { proxyConfig: { runtimeValues: { "a.b": "true", "overload.global_downstream_max_connections": "800" } } }],
  ["an outlier log and JSON log lines", { args: ["sidecar", "--outlierLogPath=/dev/null", "--log_as_json"] }],
  [
    "statistics with hostile values",
    {
      annotations: {
        statsInclusionPrefixes: HOSTILE,
        statsInclusionSuffixes: HOSTILE,
        extraStatTags: "tag",
        statsHistogramBuckets: '{"istio":[1,5,10]}',
      },
    },
  ],
  ["statistics intervals in seconds", { annotations: { statsFlushInterval: "10s", statsEvictionInterval: "20s" } }],
  ["hostile names", { environment: { POD_NAME: HOSTILE, ISTIO_META_X: HOSTILE, ISTIO_META_CLUSTER_ID: HOSTILE } }],
  ["the metadata discovery extension aside, a router", { args: ["router"] }],
];

/** Settings the contract prescribes and this Envoy rejects, with its error. */
const REFUSED: readonly (readonly [name: string, setting: Setting, reason: string])[] = [
  [
    "the lightstep tracer, which this Envoy no longer has",
    { proxyConfig: { tracing: { lightstep: { address: "127.0.0.1:1", accessToken: "t" } } } },
    "Lightstep",
  ],
];

async function validate(setting: Setting): Promise<{ readonly status: number; readonly said: string }> {
  const directory = workDirectory();
  const file = write(join(directory, "bootstrap.json"), await render(BINARY, setting, directory));
  const { status, out, err } = await runToEnd(
    [ENVOY, "--mode", "validate", "-c", file, "--allow-unknown-static-fields", "--disable-hot-restart"],
    directory,
    { PATH: "" },
  );
  return { status, said: `${out}${err}` };
}

describe("a real Envoy validates the bootstrap", () => {
  test.each(ACCEPTED)("of %s", async (_, setting) => {
    const { status, said } = await validate(setting);
    expect(status === 0 ? "" : said.slice(0, 1000)).toBe("");
    expect(said).toContain("OK");
  });
  test.each(REFUSED)("and refuses %s", async (_, setting, reason) => {
    const { status, said } = await validate(setting);
    expect([status, said]).toEqual([1, expect.stringContaining(reason)]);
  });
});

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("a real Envoy, run from %s", (_, subject) => {
  test("becomes live, responds, reloads a replaced file, and exits with 0 on SIGTERM", async () => {
    await using proxy = await startProxy(subject, { proxyConfig: { terminationDrainDuration: "0s" } });
    const { process, directory, url, admin } = proxy;
    await proxy.live();
    await eventually(() => answers(url, "hello from attache\n"));
    replaceListener(directory, Number(new URL(url).port), "changed");
    await eventually(() => answers(url, "changed from attache\n"));
    expect(existsSync(join(directory, "proxy/envoy-rev.json"))).toBe(true);
    process.kill("SIGTERM");
    expect(await process.exited).toBe(0);
    expect(existsSync(join(directory, "proxy/envoy-rev.json"))).toBe(false);
    await expect(fetch(`${admin}/ready`)).rejects.toThrow();
  });

  test("SIGINT ends it with 0 in any state", async () => {
    await using proxy = await startProxy(subject, { proxyConfig: { terminationDrainDuration: "0s" } });
    await Bun.sleep(0);
    proxy.process.kill("SIGINT");
    const { status } = await proxy.ended();
    // Before the handlers are installed a signal ends the process; afterwards it is a requested stop.
    expect([0, 130]).toContain(status);
    expect(proxy.said()).not.toContain("bug in attache");
  });
});

test.each([
  ["SIGKILL", 137],
  ["SIGSEGV", 139],
] as const)("if Envoy dies of %s the agent exits with %p", async (signal, status) => {
  await using proxy = await startProxy(BINARY);
  await proxy.live();
  globalThis.process.kill(proxy.envoys()[0] ?? 0, signal);
  expect((await proxy.ended()).status).toBe(status);
});

test("with a rejected configuration the agent exits with Envoy's status", async () => {
  const directory = workDirectory();
  write(join(directory, "bad.json"), "{");
  const env = environmentOf({ proxyConfig: { customConfigFile: "bad.json" } }, directory);
  const { status, err } = await runToEnd([...BINARY.command, "proxy"], directory, env);
  expect([status, err]).toEqual([1, expect.stringContaining("Epoch 0 exited with error: exit status 1")]);
});

test("source and binary render the same", async () => {
  const directory = workDirectory();
  expect(await render(SOURCE, {}, directory)).toBe(await render(BINARY, {}, directory));
});
