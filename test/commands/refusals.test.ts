import { describe, expect, test } from "bun:test";
import { run } from "../../src/commands/run.ts";
import { type Case, expand } from "../conformance/cases.ts";
import { fakeHost, PLACES } from "../conformance/fake-host.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";
import type { InputRow } from "./input-rows.ts";
import { REFUSED_PROXY_CONFIG } from "./refused-proxy-config.ts";
import { REFUSED_SETTINGS } from "./refused-settings.ts";
import { WARNED } from "./warned-inputs.ts";

const POD = { POD_NAME: "web-1", POD_NAMESPACE: "default", INSTANCE_IP: "10.0.0.1" };

async function saidOf(
  row: InputRow,
): Promise<{ readonly status: number; readonly said: readonly { readonly level: string; readonly text: string }[] }> {
  const profile = row.profile ?? "istio-1.30";
  const recorded: Case = {
    name: row.what,
    profile,
    args: [],
    env: { ...POD, ...row.env, ...(row.override === undefined ? {} : { ISTIO_BOOTSTRAP_OVERRIDE: "over.yaml" }) },
    files: {
      "var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT,
      ...(row.mesh === undefined ? {} : { "etc/istio/config/mesh": row.mesh }),
      ...(row.annotations === undefined ? {} : { "etc/istio/pod/annotations": row.annotations }),
      ...(row.labels === undefined ? {} : { "etc/istio/pod/labels": row.labels }),
      ...(row.override === undefined ? {} : { "over.yaml": row.override }),
      ...Object.fromEntries(Object.entries(row.xds ?? {}).map(([name, text]) => [`xds/${name}`, text])),
    },
    expect: { launched: false, exit: 255 },
  };
  const said: { level: string; text: string }[] = [];
  const { host } = fakeHost(expand(recorded, PLACES));
  const openLog = () => (level: string, text: string) => void said.push({ level, text });
  const status = await run(["render", "--profile", profile, ...(row.args ?? [])], "attache", { ...host, openLog });
  return { status, said };
}

describe("a refusal names the origin and shows the value and the position", () => {
  test.each([...REFUSED_PROXY_CONFIG, ...REFUSED_SETTINGS].map((row) => [row.what, row] as const))("%s", async (_, row) => {
    const { status, said } = await saidOf(row);
    const errors = said.filter(({ level }) => level === "error").map(({ text }) => text);
    expect(status).toBeGreaterThan(0);
    expect(errors).toHaveLength(1);
    for (const part of [row.origin, row.value, ...row.says]) expect(errors[0]).toContain(part);
  });
});

describe("a suspicious input is one warning", () => {
  test.each(WARNED.map((row) => [row.what, row] as const))("%s", async (_, row) => {
    const { status, said } = await saidOf(row);
    const warnings = said.filter(({ level }) => level === "warn").map(({ text }) => text);
    expect({ status, warnings }).toEqual({ status: 0, warnings: [expect.stringContaining(row.origin)] });
    for (const part of [row.value, ...row.says]) expect(warnings[0]).toContain(part);
  });
});

test("a refused start reports earlier notices first and the reason last, as a misspelled field may be the cause", async () => {
  const field = { PROXY_CONFIG: "tracing: {zipkin: {addres: a:1}}" };
  const annotation = 'proxy.istio.io/confg="{}"\n';
  const { said } = await saidOf({ what: "", env: field, annotations: annotation, origin: "", value: "", says: [] });
  expect(said.filter(({ level }) => level !== "debug").map(({ level, text }) => [level, text.split(";")[0]])).toEqual([
    ["warn", 'Ignoring pod annotation "proxy.istio.io/confg"'],
    ["warn", 'Ignoring tracing.zipkin.addres in PROXY_CONFIG (line 1, column 20): unknown field "addres"'],
    ["error", expect.stringContaining("(tracing.zipkin.address from PROXY_CONFIG")],
  ]);
});

test("--strict refuses unknown fields, too, after invalid ones", async () => {
  const row = { what: "", env: { PROXY_CONFIG: "foo: 1\nstatusPort: x" }, args: ["--strict"], origin: "", value: "", says: [] };
  const { said } = await saidOf(row);
  expect(said.filter(({ level }) => level === "error").map(({ text }) => text)).toEqual([
    expect.stringMatching(/^Cannot use proxy config: statusPort in PROXY_CONFIG .*foo in PROXY_CONFIG .*unknown field "foo"/s),
  ]);
});

test("a valid pod gets no warnings about the variables, labels and annotations that Istio, Kubernetes and others set", async () => {
  const env = {
    ATTACHE_SERVICE_HOST: "10.1.1.1",
    ATTACHE_PORT: "tcp://10.1.1.1:80",
    ATTACHE_PORT_80_TCP_ADDR: "10.1.1.1",
    ATTACHE_METRICS_SERVICE_PORT_HTTP: "9090",
    ATTACHE_DRAIN: "recorded",
    JWT_POLICY: "third-party-jwt",
    PILOT_CERT_PROVIDER: "istiod",
    CA_ADDR: "istiod.istio-system.svc:15012",
    SERVICE_ACCOUNT: "default",
    HOST_IP: "192.168.0.1",
    POD_IP: "10.0.0.1",
    ISTIO_CPU_LIMIT: "2",
    ISTIO_META_POD_PORTS: "[\n]",
    ISTIO_META_APP_CONTAINERS: "web",
    ISTIO_META_INTERCEPTION_MODE: "REDIRECT",
    ISTIO_META_MESH_ID: "cluster.local",
    ISTIO_META_NODE_NAME: "node-1",
    TRUST_DOMAIN: "cluster.local",
    PROXY_XDS_VIA_AGENT: "true",
    ENVOY_USER: "istio-proxy",
    INSTANCE_ID: "i-0123456789abcdef0",
    POD_NAMES: "web-1,web-2",
    ENVOY_STATS_SERVICE_HOST: "10.1.1.2",
    ENVOY_STATS_PORT: "tcp://10.1.1.2:80",
  };
  const annotations = [
    "istio.io/rev",
    "kubectl.kubernetes.io/default-container",
    "kubectl.kubernetes.io/default-logs-container",
    "kubernetes.io/config.seen",
    "prometheus.io/path",
    "prometheus.io/port",
    "prometheus.io/scrape",
    "proxy.istio.io/overrides",
    "sidecar.istio.io/status",
    "sidecar.istio.io/inject",
    "sidecar.istio.io/proxyCPU",
    "sidecar.istio.io/bootstrapOverride",
    "sidecar.istio.io/statsCompression",
    "traffic.sidecar.istio.io/excludeInboundPorts",
    "traffic.sidecar.istio.io/includeInboundPorts",
    "inject.istio.io/templates",
    "example.com/config",
    "config.linkerd.io/port",
  ];
  const lines = annotations.map((name) => `${name}="x"\n`).join("");
  const { said } = await saidOf({ what: "sound", env, annotations: lines, labels: 'app="web"\n', origin: "", value: "", says: [] });
  const odd = said.filter(({ level }) => level !== "debug" && level !== "info");
  expect(odd).toEqual([]);
});

test("1.6 starts with an invalid status port without a status server, as recorded", async () => {
  const row: InputRow = {
    what: "",
    profile: "istio-1.6",
    annotations: 'status.sidecar.istio.io/port="70000"\n',
    origin: "",
    value: "",
    says: [],
  };
  const token = { ...row, env: { CA_ADDR: "a:15010", PROXY_CONFIG: '{"discoveryAddress": "a:15010"}' } };
  const { status, said } = await saidOf(token);
  expect(status).toBe(0);
  expect(said.filter(({ level }) => level === "error").map(({ text }) => text)).toEqual([
    'Cannot use annotation status.sidecar.istio.io/port, the status server is disabled: must be a port from 1 to 65535, or 0 for none: current value is "70000"',
  ]);
});
