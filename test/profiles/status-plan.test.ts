import { describe, expect, test } from "bun:test";
import { readPlan } from "../../src/commands/plan.ts";
import { environmentOf } from "../../src/inputs/environment.ts";
import type { AgentPlan } from "../../src/launch/plan.ts";
import { CHANGES } from "../../src/profiles/istio-1.6/changes.ts";
import { adminQuestions } from "../../src/profiles/istio-1.6/status.ts";
import { ADMIN_QUESTIONS } from "../../src/profiles/istio-1.30/status.ts";
import { rulesOf } from "../../src/profiles/rules.ts";
import type { AdminQuestion, StatusPlan } from "../../src/status/status-plan.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { commandOf } from "../support/command-of.ts";
import { started } from "./started.ts";

type Environment = Readonly<Record<string, string>>;

const CONFIG = '{"discoveryAddress": "a:15010", "controlPlaneAuthPolicy": "NONE"}';
const PROBERS = '{"/app-health/a/livez": {"httpGet": {"port": 8080, "path": "/"}}}';
const SCRAPE = '{"scrape": "true", "port": "9100", "path": "/m"}';

async function planOf(
  profile: string,
  env: Environment,
  args: readonly string[] = ["sidecar"],
): Promise<StatusPlan & Pick<AgentPlan["services"], "readiness">> {
  const whole = { PROXY_CONFIG: CONFIG, ...env };
  const environment = environmentOf(Object.entries(whole));
  const { host } = fakeHost({ name: "", profile, args: [], env: whole, expect: { launched: true, exit: 0 } });
  const call = commandOf(["proxy", ...args, "--profile", profile], environment);
  const { status, readiness } = (await readPlan(call, host)).plan.agent.services;
  if (status === undefined) throw new Error("no status server");
  return { ...status, readiness };
}

describe("the application's metrics (contract 1.6 §11, 1.30 §10.3)", () => {
  const scrape = (more: object) => ({ ISTIO_PROMETHEUS_ANNOTATIONS: JSON.stringify({ ...JSON.parse(SCRAPE), ...more }) });
  const TARGET = { port: "9100", path: "/m" };

  test.each<[string, string, string, Environment, object | undefined]>([
    ["a sidecar with probes", "istio-1.6", "sidecar", { ISTIO_KUBE_APP_PROBERS: PROBERS, ...scrape({}) }, TARGET],
    ["a sidecar without probes", "istio-1.6", "sidecar", scrape({}), undefined],
    ["a router with probes", "istio-1.6", "router", { ISTIO_KUBE_APP_PROBERS: PROBERS, ...scrape({}) }, undefined],
    ["no annotations", "istio-1.6", "sidecar", { ISTIO_KUBE_APP_PROBERS: PROBERS }, undefined],
    ["a sidecar", "istio-1.30", "sidecar", scrape({}), TARGET],
    ["a router", "istio-1.30", "router", scrape({}), undefined],
    ["a sidecar that wants none", "istio-1.30", "sidecar", scrape({ scrape: "false" }), undefined],
    ["any other word", "istio-1.30", "sidecar", scrape({ scrape: "no" }), TARGET],
    ["no port and no path", "istio-1.30", "sidecar", { ISTIO_PROMETHEUS_ANNOTATIONS: "{}" }, { port: "80", path: "/metrics" }],
  ])("%s (%s)", async (_, profile, role, env, application) => {
    const { metrics } = await planOf(profile, env, [role]);
    expect(Object.entries(metrics).filter(([name]) => name === "application")).toEqual(
      application === undefined ? [] : [["application", application]],
    );
  });

  test("at the status port of 1.30 are refused, because the agent would scrape itself", async () => {
    const env = { PROXY_CONFIG: CONFIG, ...scrape({ port: "15020" }) };
    const { launch, errors } = await started("istio-1.30", { env });
    expect([launch, errors]).toEqual([undefined, expect.stringContaining("port 15020 is the status port")]);
    expect((await planOf("istio-1.30", scrape({ port: "15021" }))).metrics.application).toMatchObject({ port: "15021" });
  });
});

describe("Envoy's metrics in 1.30 (contract 1.30 §10.3)", () => {
  test.each<[string, Environment, number | undefined]>([
    ["are on their port", {}, 15090],
    ["are on another port", { ENVOY_PROMETHEUS_PORT: "15091" }, 15091],
    ["are left out", { PILOT_AGENT_MERGE_ENVOY_STATS: "false" }, undefined],
    ["are not there without an Envoy", { DISABLE_ENVOY: "true" }, undefined],
  ])("%s", async (_, env, port) => {
    expect((await planOf("istio-1.30", env)).metrics.envoyPort).toBe(port as number); // undefined where there is none
  });
});

describe("readiness of 1.30 (contract 1.30 §10.2)", () => {
  const CERTIFICATES = ["cert-chain.pem", "key.pem", "root-cert.pem"].map((name) => `/out/${name}`);

  test.each<[string, Environment, readonly string[], readonly string[]]>([
    ["no files", {}, ["sidecar"], []],
    ["the certificates of gRPC applications", { OUTPUT_CERTS: "/out" }, ["sidecar"], CERTIFICATES],
    ["none without their bootstrap", { OUTPUT_CERTS: "/out", GRPC_XDS_BOOTSTRAP: "" }, ["sidecar"], []],
    ["none where they are not written", { OUTPUT_CERTS: "" }, ["sidecar"], []],
  ])("waits for %s", async (_, env, args, files) => {
    expect((await planOf("istio-1.30", env, args)).readiness.files).toEqual([...files]);
  });

  test.each<[string, Environment, string, boolean]>([
    ["a sidecar", {}, "sidecar", false],
    ["a sidecar that captures DNS", { ISTIO_META_DNS_CAPTURE: "true" }, "sidecar", true],
    ["a router that would", { ISTIO_META_DNS_CAPTURE: "true" }, "router", false],
    ["a router with a DNS server", { ISTIO_META_ENABLE_DNS_SERVER: "true" }, "router", true],
  ])("%s waits for a name table: %p", async (_, env, role, nameTable) => {
    expect((await planOf("istio-1.30", env, [role])).readiness.nameTable).toBe(nameTable);
  });

  test.each<[string, readonly string[], object]>([
    ["as Istio", [], { readiness: { remembersState: true }, drainWithdraws: false }],
    ["asked at every check", ["--readiness", "live"], { readiness: { remembersState: false }, drainWithdraws: true }],
  ])("%s", async (_, args, expected) => {
    expect(await planOf("istio-1.30", {}, ["sidecar", ...args])).toMatchObject(expected);
    expect(await planOf("istio-1.6", {}, ["sidecar", ...args])).toMatchObject({ ...expected, readiness: { remembersState: false } });
  });

  test("depends on the agent's socket, in 1.6 on the control plane", async () => {
    expect((await planOf("istio-1.30", {})).readiness.xds).toEqual({ kind: "socket", path: "./etc/istio/proxy/XDS" });
    expect((await planOf("istio-1.6", {})).readiness.xds).toEqual({ kind: "server", host: "a", port: 15010 });
  });

  test("makes no admin request without Envoy", async () => {
    const { updates, state } = (await planOf("istio-1.30", { DISABLE_ENVOY: "true" })).readiness;
    expect([updates, state]).toEqual([undefined, undefined]);
    const { readiness } = await planOf("istio-1.30", {});
    expect([readiness.updates?.timeoutMilliseconds, readiness.state?.timeoutMilliseconds]).toEqual([1_000, 3_000]);
  });
});

describe("probes of 1.30 (contract 1.30 §10.4)", () => {
  test.each<[string, Environment, object]>([
    ["to the instance", { INSTANCE_IP: "10.0.0.1" }, { destination: "10.0.0.1", source: "127.0.0.6", http2: true }],
    ["to an IPv6 instance", { INSTANCE_IP: "fd00::1" }, { destination: "fd00::1", source: "::6" }],
    ["to this host", { INSTANCE_IP: "10.0.0.1", REWRITE_PROBE_LEGACY_LOCALHOST_DESTINATION: "true" }, { destination: "localhost" }],
    ["not over HTTP/2", { ISTIO_ENABLE_HTTP2_PROBING: "false" }, { http2: false }],
  ])("go %s", async (_, env, expected) => {
    expect((await planOf("istio-1.30", env)).probes).toMatchObject(expected);
  });

  test("only POST stops or drains", async () => {
    const posted = async (profile: string) =>
      (await planOf(profile, {})).routes.filter(({ postOnly }) => postOnly).map(({ path, loopbackOnly }) => [path, loopbackOnly]);
    expect(await posted("istio-1.30")).toEqual([
      ["/quitquitquit", true],
      ["/drain", true],
    ]);
    expect(await posted("istio-1.6")).toEqual([["/quitquitquit", true]]);
  });

  test("METRICS_LOCALHOST_ACCESS_ONLY restricts metrics to this host", async () => {
    const loopback = async (env: Environment) =>
      (await planOf("istio-1.30", env)).routes.filter(({ loopbackOnly }) => loopbackOnly).map(({ path }) => path);
    expect(await loopback({})).toEqual(["/quitquitquit", "/drain", "/debug/ndsz"]);
    expect(await loopback({ METRICS_LOCALHOST_ACCESS_ONLY: "true" })).toEqual([
      "/stats/prometheus",
      "/metrics",
      "/quitquitquit",
      "/drain",
      "/debug/ndsz",
    ]);
  });
});

test.each(["istio-1.6", "istio-1.30"])(
  "without a status port there is no status server in %s, and its variables are not read",
  async (profile) => {
    const files = { "etc/istio/pod/annotations": 'status.sidecar.istio.io/port="0"\n' };
    const { launch } = await started(profile, { env: { PROXY_CONFIG: CONFIG, ISTIO_KUBE_APP_PROBERS: "{" }, files });
    expect([launch === undefined, launch?.services.status]).toEqual([false, undefined]);
  },
);

test("admin requests for readiness: updates, then state (contract 1.6 §11.4, 1.30 §10.2)", () => {
  const targets = (questions: readonly AdminQuestion[]) => questions.map(({ target }) => target);
  expect(targets(adminQuestions(rulesOf(CHANGES, [1, 6, 0])))).toEqual([
    "/stats?usedonly&filter=^(cluster_manager.cds|listener_manager.lds).(update_success|update_rejected)$",
    "/stats?usedonly&filter=^(server.state|listener_manager.workers_started)",
  ]);
  expect(targets(ADMIN_QUESTIONS)).toEqual([
    "/stats?usedonly&filter=^(cluster_manager\\.cds|listener_manager\\.lds)\\.(update_success|update_rejected)$",
    "/stats?usedonly&filter=^(server\\.state|listener_manager\\.workers_started)",
  ]);
});

test.each(
  "default ads authn cache citadelclient googleca grpcAdapter model rbac sds secretfetcher stsclient stsserver token validation".split(" "),
)("1.6 knows the log scope %s (contract 1.6 §1.3)", async (scope) => {
  const { errors } = await started("istio-1.6", { env: { PROXY_CONFIG: CONFIG } }, ["sidecar", `--log_output_level=${scope}:info`]);
  expect(errors).toBe("");
});

test.each<[string, readonly string[]]>([
  ["istio-1.6", ["/healthz/ready ready", "/stats/prometheus metrics", "/quitquitquit quit, local, POST", "/app-health/ probe"]],
  [
    "istio-1.30",
    [
      ...[
        "/healthz/ready ready",
        "/stats/prometheus metrics",
        "/metrics metrics",
        "/quitquitquit quit, local, POST",
        "/drain drain, local, POST",
      ],
      ...["/app-health/ probe", "/app-lifecycle/ probe", "/debug/ndsz name-table, local"],
    ],
  ],
])("the routes of the status port of %s (contract 1.6 §11, 1.30 §10)", async (profile, expected) => {
  const { routes } = await planOf(profile, {});
  expect(
    routes.map(
      ({ path, endpoint, loopbackOnly, postOnly }) => `${path} ${endpoint}${loopbackOnly ? ", local" : ""}${postOnly ? ", POST" : ""}`,
    ),
  ).toEqual([...expected]);
});
