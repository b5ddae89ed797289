import { describe, expect, test } from "bun:test";
import type { HealthPlan, HealthProbe } from "../../src/mesh/mesh-plan.ts";
import type { Case } from "../conformance/cases.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";
import { started } from "./started.ts";

// The probes of the workload, by readinessProbe of the ProxyConfig (contract 1.30 §13c).

const BASE = { POD_NAME: "p", POD_NAMESPACE: "ns" };

async function startWith(readinessProbe: object | undefined, machine: Partial<Case> = {}, words: readonly string[] = ["sidecar"]) {
  const env = { ...BASE, PROXY_CONFIG: JSON.stringify({ readinessProbe }), ...machine.env };
  const { launch, warnings, errors } = await started(
    "istio-1.30",
    { files: { "var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT }, ...machine, env },
    words,
  );
  if (launch === undefined) throw new Error(errors);
  const said = warnings.filter((text) => text.includes("readinessProbe of the ProxyConfig"));
  return { health: launch.services.mesh?.xds?.health, warnings: said };
}

async function planOf(probe: object, machine: Partial<Case> = {}): Promise<HealthPlan> {
  const { health, warnings } = await startWith(probe, machine);
  if (health === undefined) throw new Error("no probes");
  expect(warnings).toEqual([]);
  return health;
}

const probeOf = async (probe: object, machine?: Partial<Case>): Promise<HealthProbe> => (await planOf(probe, machine)).probe;

test("the defaults", async () => {
  expect(await planOf({ httpGet: { port: 80 } })).toEqual({
    initialDelay: 0,
    period: 10_000,
    thresholds: { success: 1, failure: 1 },
    probe: {
      kind: "http",
      url: { scheme: "http", host: "10.244.0.16:80", path: "/", query: undefined },
      host: "10.244.0.16:80",
      headers: [
        ["User-Agent", "istio-probe/1.0"],
        ["Accept-Encoding", "gzip"],
      ],
      source: "127.0.0.6",
      timeout: 1_000,
    },
  });
});

test("times and thresholds", async () => {
  const fields = { initialDelaySeconds: 3, timeoutSeconds: 4, periodSeconds: 5, successThreshold: 6, failureThreshold: 7 };
  const plan = await planOf({ ...fields, tcpSocket: { port: 80 } });
  expect(plan).toMatchObject({ initialDelay: 3_000, period: 5_000, thresholds: { success: 6, failure: 7 }, probe: { timeout: 4_000 } });
});

test("values beyond what they are for", async () => {
  const largest = 2 ** 31 - 1;
  const many = { initialDelaySeconds: largest, periodSeconds: largest, timeoutSeconds: largest, tcpSocket: { port: 80 } };
  expect(await planOf(many)).toMatchObject({ initialDelay: largest, period: largest, probe: { timeout: largest } });
  // Upstream starts at once, never reports, and waits for an HTTP answer without a limit.
  const few = { initialDelaySeconds: -1, successThreshold: -2, failureThreshold: -3, timeoutSeconds: -4, httpGet: { port: 80 } };
  expect(await planOf(few)).toMatchObject({ initialDelay: 0, thresholds: { success: -2, failure: -3 }, probe: { timeout: -4_000 } });
});

describe("the place of the application", () => {
  const legacy = { REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION: "true" };
  test.each<[string, object, Partial<Case>, string, string]>([
    ["its own host", { host: "app" }, {}, "app:80", "127.0.0.6"],
    ["its own IPv6 address", { host: "fd00::9" }, {}, "[fd00::9]:80", "127.0.0.6"],
    ["its own link-local address", { host: "fe80::1%eth0" }, {}, "[fe80::1%25eth0]:80", "127.0.0.6"],
    ["INSTANCE_IP", {}, { env: { INSTANCE_IP: "10.0.0.5" } }, "10.0.0.5:80", "127.0.0.6"],
    ["the first address", {}, { interfaces: { eth0: ["10.1.2.3/24"] } }, "10.1.2.3:80", "127.0.0.6"],
    ["an IPv6 address", {}, { interfaces: { eth0: ["fd00::1/64"] } }, "[fd00::1]:80", "::6"],
    ["localhost", {}, { env: legacy }, "localhost:80", "127.0.0.6"],
    ["localhost over IPv6", {}, { env: legacy, interfaces: { eth0: ["fd00::1/64"] } }, "localhost:80", "::6"],
    ["its own host, not localhost", { host: "app" }, { env: legacy }, "app:80", "127.0.0.6"],
  ])("%s", async (_, place, machine, expected, source) => {
    const probe = await probeOf({ httpGet: { port: 80, ...place } }, machine);
    expect(probe).toMatchObject({ kind: "http", url: { host: expected }, host: expected, source });
  });

  test("is for TCP its host too, and for gRPC only the address", async () => {
    expect(await probeOf({ tcpSocket: { port: 80 } })).toEqual({ kind: "tcp", host: "10.244.0.16", port: 80, timeout: 1_000 });
    expect(await probeOf({ tcpSocket: { port: 80, host: "app" } })).toMatchObject({ host: "app" });
    expect(await probeOf({ grpc: { port: 80 } })).toEqual({ kind: "grpc", host: "10.244.0.16", port: 80, service: "", timeout: 1_000 });
    expect(await probeOf({ grpc: { port: 80, service: "a" } }, { env: legacy })).toMatchObject({ host: "localhost", service: "a" });
  });
});

describe("an HTTP probe", () => {
  const get = async (fields: object) => await probeOf({ httpGet: { port: 80, host: "a", ...fields } });

  test.each<[string, string, string | undefined]>([
    ["/x", "/x", undefined],
    ["x", "/x", undefined],
    ["/x?a=b&c#d", "/x", "a=b&c"],
    ["?a", "/", "a"],
    ["/ä b", "/%C3%A4%20b", undefined],
    ["http://elsewhere:1/x?y", "/x", "y"],
    ["//elsewhere/x", "/x", undefined],
  ])("of path %p", async (path, target, query) => {
    expect(await get({ path })).toMatchObject({ url: { scheme: "http", host: "a:80", path: target, query } });
  });

  test.each(["HTTPS", "https", "HttpS"])("of scheme %p", async (scheme) => {
    expect(await get({ scheme })).toMatchObject({ url: { scheme: "https" } });
  });

  test("has its headers, Host and User-Agent among them", async () => {
    const header = (name: string, value: string) => ({ name, value });
    const httpHeaders = [
      header("Host", "b"),
      header("user-agent", "me"),
      header("X", "1"),
      header("X", "ü"),
      header("Content-Length", "9"),
    ];
    expect(await get({ httpHeaders })).toMatchObject({
      host: "b",
      headers: [
        ["user-agent", "me"],
        ["X", "1"],
        ["X", "\u00c3\u00bc"],
        ["Accept-Encoding", "gzip"],
      ],
    });
  });
});

test("a header has no blanks around it, and an empty User-Agent is not sent", async () => {
  const httpHeaders = [
    { name: "X", value: " \t1 " },
    { name: "User-Agent", value: "" },
  ];
  expect(await probeOf({ httpGet: { port: 80, httpHeaders } })).toMatchObject({
    headers: [
      ["X", "1"],
      ["Accept-Encoding", "gzip"],
    ],
  });
});

test("a command", async () => {
  const command = ["sh", "-c", ""];
  expect(await probeOf({ exec: { command }, timeoutSeconds: 2 })).toEqual({ kind: "exec", command, timeout: 2_000 });
});

const port = (value: number) => `its port is not a number from 1 to 65535: current value is ${value}`;
test.each<[object, string]>([
  [{}, "it needs one of httpGet, tcpSocket, exec and grpc"],
  [{ httpGet: {} }, port(0)],
  [{ tcpSocket: { port: 65_536 } }, port(65_536)],
  [{ grpc: {} }, port(0)],
  [{ exec: {} }, "exec needs a command"],
  [{ exec: { command: [""] } }, "exec needs a command"],
  [{ exec: { command: ["a", "b\0"] } }, "the command of exec contains a NUL byte"],
  [{ httpGet: { port: 1 }, periodSeconds: -1 }, "periodSeconds must not be negative: current value is -1"],
  [{ tcpSocket: { port: 1 }, timeoutSeconds: -1 }, "timeoutSeconds must not be negative: current value is -1"],
  [{ httpGet: { port: 1, path: "/%zz" } }, 'its path "/%zz" is invalid: invalid URL escape "%zz"'],
  [{ httpGet: { port: 1, scheme: "ftp" } }, 'unsupported protocol scheme "ftp"'],
  [{ httpGet: { port: 1, host: "a\r\nb" } }, 'its host "a\\r\\nb" is invalid'],
  [{ httpGet: { port: 1, host: "a/b" } }, 'its host "a/b" is invalid'],
  [{ httpGet: { port: 1, host: "a@b" } }, 'its host "a@b" is invalid'],
  [{ httpGet: { port: 1, scheme: "a b" } }, 'unsupported protocol scheme "a b"'],
  [{ httpGet: { port: 1, httpHeaders: [{ name: "a b", value: "c" }] } }, '"a b" of httpHeaders cannot be sent as a header'],
  [{ httpGet: { port: 1, httpHeaders: [{ name: "a", value: "b\r\nc: d" }] } }, '"a" of httpHeaders cannot be sent as a header'],
  [{ httpGet: { port: 1, httpHeaders: [{}] } }, '"" of httpHeaders cannot be sent as a header'],
])("%j cannot be used, and is reported as unhealthy", async (probe, problem) => {
  const { health, warnings } = await startWith(probe);
  expect(health?.probe).toEqual({ kind: "invalid", problem });
  expect(warnings).toEqual([`Cannot use readinessProbe of the ProxyConfig: ${problem}; the workload is reported as unhealthy`]);
});

test.each<[string, object | undefined, readonly string[]]>([
  ["without readinessProbe", undefined, ["sidecar"]],
  ["with --xds direct", { exec: {} }, ["sidecar", "--xds", "direct"]],
])("nothing is probed %s", async (_, probe, words) => {
  expect(await startWith(probe, {}, words)).toEqual({ health: undefined, warnings: [] });
});
