import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { argumentsOf } from "../../src/envoy/options.ts";
import { writeFiles } from "../../src/host/files/write-files.ts";
import type { EpochPlan, Planned } from "../../src/launch/plan.ts";
import { OFFLINE } from "../scenarios/support.ts";
import { SOURCE } from "../support/subject.ts";
import { ENVOY, environmentOf, runToEnd, type Setting, workDirectory, write } from "./support.ts";

/** Creates a key with a self-signed certificate, which can also act as a CA. */
async function certificate(directory: string): Promise<{ readonly certificate: string; readonly key: string }> {
  const files = { certificate: join(directory, "tls/cert.pem"), key: join(directory, "tls/key.pem") };
  write(files.key, "");
  const args = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=test -addext subjectAltName=DNS:test";
  const { status, err } = await runToEnd(["openssl", ...args.split(" "), "-keyout", files.key, "-out", files.certificate], directory, {
    PATH: process.env["PATH"] ?? "",
  });
  expect(status === 0 ? "" : err).toBe("");
  return files;
}

const directory = workDirectory();
const pem = await certificate(directory);
const NAMES = { caCertificates: pem.certificate, subjectAltNames: ["spiffe://a/b", "test"], sni: "s" };
const SIMPLE = { mode: "SIMPLE", ...NAMES };
const MUTUAL = { mode: "MUTUAL", clientCertificate: pem.certificate, privateKey: pem.key, ...NAMES };
const ISTIO_MUTUAL = { ...MUTUAL, mode: "ISTIO_MUTUAL" };

/** Settings of release 1.6 that a current Envoy accepts when adapted, with the changes beyond those of the default document. */
const ACCEPTED: readonly (readonly [name: string, setting: Setting, change: string])[] = [
  ["the default sidecar", {}, "removed --max-obj-name-len 189"],
  ["a router", { args: ["router"] }, "http_connection_manager"],
  ["no tracer", { proxyConfig: { tracing: {} } }, "envoy.config.filter.http.router.v2."],
  ["a control plane over TLS", { proxyConfig: { controlPlaneAuthPolicy: "MUTUAL_TLS" } }, "type URLs of envoy.api.v2.auth."],
  ["zipkin", { proxyConfig: { tracing: { zipkin: { address: "127.0.0.1:9411" } } } }, "type URLs of envoy.config.trace.v2."],
  [
    "zipkin over TLS",
    { proxyConfig: { tracing: { zipkin: { address: "127.0.0.1:9411" }, tlsSettings: SIMPLE } } },
    "match_subject_alt_names",
  ],
  [
    "zipkin over mutual TLS",
    { proxyConfig: { tracing: { zipkin: { address: "127.0.0.1:9411" }, tlsSettings: MUTUAL } } },
    "match_subject_alt_names",
  ],
  ["datadog", { proxyConfig: { tracing: { datadog: { address: "127.0.0.1:8126" } } } }, "type URLs of envoy.config.trace.v2."],
  ["statsd", { proxyConfig: { statsdUdpAddress: "127.0.0.1:9125" } }, "typed_config"],
  ["the metrics service", { proxyConfig: { envoyMetricsService: { address: "127.0.0.1:1" } } }, "typed_config"],
  [
    "metrics and access log services over TLS, with statsd",
    {
      proxyConfig: {
        statsdUdpAddress: "127.0.0.1:9125",
        envoyMetricsService: { address: "127.0.0.1:1", tlsSettings: MUTUAL, tcpKeepalive: { probes: 3, time: "10s", interval: "10s" } },
        envoyAccessLogService: { address: "127.0.0.1:2", tlsSettings: ISTIO_MUTUAL },
      },
    },
    "tls_context of a cluster became a transport_socket (2 times)",
  ],
  [
    "regexes for statistics",
    { environment: { ISTIO_METAJSON_ANNOTATIONS: '{"sidecar.istio.io/statsInclusionRegexps":"cluster\\\\..*,x.*"}' } },
    "safe_regex",
  ],
  ["an outlier log", { args: ["sidecar", "--outlierLogPath=/dev/null"] }, "removed"],
];

/** Settings that current releases have removed, with Envoy's error. */
const REFUSED: readonly (readonly [name: string, setting: Setting, reason: string])[] = [
  [
    "the lightstep tracer",
    { proxyConfig: { tracing: { lightstep: { address: "127.0.0.1:1", accessToken: "t" } } } },
    "Didn't find a registered implementation for 'envoy.lightstep'",
  ],
];

/** Returns the launch that `render` prints; without a network, as release 1.6 searches for a cloud. */
async function launchOf(setting: Setting, args: readonly string[]): Promise<EpochPlan & { readonly baseId: number }> {
  write(join(directory, "var/run/secrets/istio/root-cert.pem"), await Bun.file(pem.certificate).text());
  const command = [...OFFLINE, ...SOURCE.command, "--profile", "istio-1.6", "render", "--format", "launch", ...args];
  const { status, out, err } = await runToEnd([...command, ...(setting.args ?? ["sidecar"])], directory, environmentOf(setting, directory));
  expect({ status, err }).toEqual({ status: 0, err: expect.any(String) });
  const planned: Planned = JSON.parse(out);
  return { ...planned.epoch, baseId: planned.agent.supervision.baseId };
}

/** Validates exactly this command line and bootstrap with Envoy. */
async function validate(launch: EpochPlan): Promise<{ readonly status: number; readonly said: string }> {
  writeFiles(launch, () => {});
  const { status, out, err } = await runToEnd([ENVOY, ...argumentsOf(launch.options), "--mode", "validate"], directory, { PATH: "" });
  return { status, said: `${out}${err}` };
}

describe("a real Envoy, with --adapt-envoy and the contract of release 1.6,", () => {
  test.each(ACCEPTED)("accepts %s", async (_, setting, change) => {
    const launch = await launchOf(setting, ["--adapt-envoy"]);
    const { status, said } = await validate(launch);
    expect(status === 0 ? "" : said.slice(0, 1000)).toBe("");
    expect(said).toContain("OK");
    const changes = launch.notices.filter(({ text }) => text.startsWith("Adapted to Envoy")).map(({ text }) => text);
    expect(changes.join("\n")).toContain(change);
    expect(changes).toEqual([...new Set(changes)]);
  });

  test.each(REFUSED)("refuses %s", async (_, setting, reason) => {
    const { status, said } = await validate(await launchOf(setting, ["--adapt-envoy"]));
    expect([status, said]).toEqual([1, expect.stringContaining(reason)]);
  });
});

test("without the switch a real Envoy refuses the contract of release 1.6: its argument first, then its bootstrap", async () => {
  const launch = await launchOf({}, []);
  expect(await validate(launch)).toEqual({ status: 1, said: expect.stringContaining("--max-obj-name-len") });
  const options = launch.options.filter(({ name }) => name !== "--max-obj-name-len");
  expect(await validate({ ...launch, options })).toEqual({
    status: 1,
    said: expect.stringContaining("could not find @type"),
  });
});

test("an Envoy of unknown version gets the unchanged contract, with one warning", async () => {
  const launch = await launchOf({ proxyConfig: { binaryPath: "/bin/false" } }, ["--adapt-envoy"]);
  const plain = await launchOf({ proxyConfig: { binaryPath: "/bin/false" } }, []);
  const { notices } = launch;
  const { notices: others } = plain;
  expect(launch.bootstrap).toBe(plain.bootstrap ?? "");
  // The only addition to the contract is a base-id that no other Envoy uses.
  expect(launch.options).toEqual([...plain.options, { name: "--base-id", value: String(launch.baseId) }]);
  const [warning, ...more] = notices.filter(({ text }) => !others.some((other) => other.text === text));
  expect([warning, more]).toEqual([
    {
      level: "warn",
      text: expect.stringMatching(/^Cannot determine the version of Envoy "\/bin\/false", so --adapt-envoy changes nothing: /),
    },
    [],
  ]);
});

test("the contract of release 1.30 needs no change", async () => {
  const command = [...SOURCE.command, "--profile", "istio-1.30", "render", "--format", "launch", "--adapt-envoy"];
  const { out } = await runToEnd(command, directory, environmentOf({}, directory));
  const launch: EpochPlan = JSON.parse(out).epoch;
  expect(launch.notices.filter(({ text }) => text.startsWith("Adapted"))).toEqual([]);
});

test("ATTACHE_ADAPT_ENVOY enables it too, and --format argv prints the adapted arguments", async () => {
  const command = [...OFFLINE, ...SOURCE.command, "--profile", "istio-1.6", "render", "--format", "argv"];
  const argv = async (environment: Record<string, string>) =>
    (await runToEnd(command, directory, environmentOf({ environment }, directory))).out.split("\n");
  expect(await argv({})).toContain("--max-obj-name-len");
  expect(await argv({ ATTACHE_ADAPT_ENVOY: "true" })).not.toContain("--max-obj-name-len");
});
