import { describe, expect, test } from "bun:test";
import { cpSync, existsSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePorts } from "../../examples/ports.ts";
import { BINARY, ROOT, SOURCE, SUBJECTS, type Subject } from "../support/subject.ts";
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
  ["files instead of a control plane", { words: ["sidecar", "--xds", `file:${join(ROOT, "examples/hello")}`] }],
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
  ["an outlier log and JSON log lines", { words: ["sidecar", "--outlierLogPath=/dev/null", "--log_as_json"] }],
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
  ["the metadata discovery extension aside, a router", { words: ["router"] }],
];

/** What the contract prescribes and this Envoy refuses, with the words it refuses it by. */
const REFUSED: readonly (readonly [name: string, setting: Setting, words: string])[] = [
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
  test.each(REFUSED)("and refuses %s", async (_, setting, words) => {
    const { status, said } = await validate(setting);
    expect([status, said]).toEqual([1, expect.stringContaining(words)]);
  });
});

interface Live {
  readonly process: Bun.Subprocess<"ignore", "ignore", "pipe">;
  readonly directory: string;
  readonly url: string;
  readonly admin: string;
}

/** attache with a real Envoy on free ports, its one listener in a directory of its own. */
async function start(subject: Subject): Promise<Live> {
  const directory = workDirectory();
  const [admin = 0, listener = 0, metrics = 0, readiness = 0] = await freePorts(4);
  cpSync(join(ROOT, "examples/hello"), join(directory, "xds"), { recursive: true });
  const live = { directory, url: `http://127.0.0.1:${listener}/`, admin: `http://127.0.0.1:${admin}` };
  replaceListener(directory, listener, "hello");
  const env = environmentOf(
    {
      proxyConfig: { proxyAdminPort: admin },
      environment: { ENVOY_PROMETHEUS_PORT: String(metrics), ENVOY_STATUS_PORT: String(readiness) },
    },
    directory,
  );
  const process = Bun.spawn([...subject.command, "proxy", "sidecar", "--xds", `file:${join(directory, "xds")}`], {
    cwd: directory,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  return { ...live, process };
}

function replaceListener(directory: string, port: number, greeting: string): void {
  const target = join(directory, "xds/listeners.yaml");
  const text = listenerTemplate
    .replace("port_value: 10000", `port_value: ${port}`)
    .replace("hello from attache", `${greeting} from attache`);
  writeFileSync(`${target}.new`, text);
  renameSync(`${target}.new`, target);
}

const listenerTemplate = await Bun.file(join(ROOT, "examples/hello/listeners.yaml")).text();

async function answers(url: string, text: string): Promise<true | undefined> {
  const response = await fetch(url, { headers: { connection: "close" } });
  return (await response.text()) === text ? true : undefined;
}

describe.each(SUBJECTS.map((subject) => [subject.name, subject] as const))("a real Envoy, run from %s", (_, subject) => {
  test("is live, answers, takes a replaced file, and a SIGTERM ends all with 0", async () => {
    const { process, directory, url, admin } = await start(subject);
    await eventually(() => answers(`${admin}/ready`, "LIVE\n"));
    await eventually(() => answers(url, "hello from attache\n"));
    replaceListener(directory, Number(new URL(url).port), "changed");
    await eventually(() => answers(url, "changed from attache\n"));
    expect(existsSync(join(directory, "proxy/envoy-rev.json"))).toBe(true);
    process.kill("SIGTERM");
    expect(await process.exited).toBe(0);
    expect(existsSync(join(directory, "proxy/envoy-rev.json"))).toBe(false);
    await expect(fetch(`${admin}/ready`)).rejects.toThrow();
  });

  test("SIGINT ends it with 0, wherever it stands", async () => {
    const { process } = await start(subject);
    const said = process.stderr.text();
    await Bun.sleep(0);
    process.kill("SIGINT");
    const status = await process.exited;
    // Before the handlers stand a signal ends the process itself; after that the stop is one that was asked for.
    expect([0, 130]).toContain(status);
    expect((await said).includes("bug in attache")).toBe(false);
  });
});

test.each([
  ["SIGKILL", 137],
  ["SIGSEGV", 139],
] as const)("Envoy's death by %s is the agent's status %p", async (signal, status) => {
  const { process, admin } = await start(BINARY);
  await eventually(() => answers(`${admin}/ready`, "LIVE\n"));
  const [envoy] = (await Bun.file(`/proc/${process.pid}/task/${process.pid}/children`).text()).trim().split(" ");
  globalThis.process.kill(Number(envoy), signal);
  expect(await process.exited).toBe(status);
});

test("a configuration Envoy refuses ends with Envoy's own status", async () => {
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
