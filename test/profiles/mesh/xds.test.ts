import { describe, expect, test } from "bun:test";
import type { MeshPlan } from "../../../src/mesh/mesh-plan.ts";
import type { Case } from "../../conformance/cases.ts";
import { started } from "../started.ts";
import { BASE, type Env, filled, meshOf, proxyConfig, startWith } from "./start-mesh.ts";

describe("the xDS proxy", () => {
  test.each<[string, Env, readonly string[], object]>([
    ["names for a sidecar", { ISTIO_META_DNS_CAPTURE: "true" }, ["sidecar"], { subscribes: { nameTable: true, proxyConfig: false } }],
    ["no names for a gateway", { ISTIO_META_DNS_CAPTURE: "true" }, ["router"], { subscribes: { nameTable: false, proxyConfig: false } }],
    ["names for every role", { ISTIO_META_ENABLE_DNS_SERVER: "true" }, ["router"], { subscribes: { nameTable: true, proxyConfig: false } }],
    ["trust bundles", { PROXY_CONFIG_XDS_AGENT: "true" }, ["sidecar"], { subscribes: { nameTable: false, proxyConfig: true } }],
    [
      "extensions that it does not convert",
      { ISTIO_AGENT_ENABLE_WASM_REMOTE_LOAD_CONVERSION: "0" },
      ["sidecar"],
      { checksExtensions: false },
    ],
    ["a limit of messages", { ISTIO_GPRC_MAXRECVMSGSIZE: "100" }, ["sidecar"], { maxRequest: 100 }],
    ["a limit of streams", { ISTIO_GPRC_MAXSTREAMS: "7" }, ["sidecar"], { maxStreams: 7 }],
    ["an own directory", proxyConfig({ configPath: "/run/own" }), ["sidecar"], { socket: "/run/own/XDS" }],
  ])("%s", async (_, env, words, expected) => {
    expect((await meshOf(env, {}, words)).xds).toMatchObject(expected);
  });

  test.each([
    ["0", true],
    ["-1", true],
    ["65535", true],
    ["65536", false],
    ["", false],
  ])("a limit of %s bytes is a warning: %p", async (ISTIO_GPRC_MAXRECVMSGSIZE, isSaid) => {
    const { warnings } = await startWith({ ISTIO_GPRC_MAXRECVMSGSIZE });
    expect(warnings.filter((text) => text.startsWith("ISTIO_GPRC_MAXRECVMSGSIZE"))).toEqual(
      isSaid
        ? [
            `ISTIO_GPRC_MAXRECVMSGSIZE is ${ISTIO_GPRC_MAXRECVMSGSIZE}: it limits the bytes of a request of Envoy, whose first one has about 60,000, so Envoy may get no configuration`,
          ]
        : [],
    );
  });

  test("is there for a custom configuration, too", async () => {
    const env = proxyConfig({ customConfigFile: "own.yaml" });
    expect((await meshOf(env, filled("own.yaml"))).envoyNeeds).toBe("resources");
  });
});

describe("with --xds direct", () => {
  const direct = ["sidecar", "--xds", "direct"];
  const DIRECT = "Envoy connects to the control plane itself (--xds direct)";

  test.each<[string, Env, Partial<Case>, MeshPlan["envoyNeeds"] | undefined]>([
    ["TLS", {}, {}, "certificates"],
    ["plain text", proxyConfig({ controlPlaneAuthPolicy: "NONE" }), {}, undefined],
    ["provisioned certificates", { PROV_CERT: "prov" }, filled("prov/root-cert.pem"), "nothing"],
    [
      "provisioned certificates and the system's roots",
      { PROV_CERT: "p", CA_ROOT_CA: "SYSTEM", XDS_ROOT_CA: "SYSTEM" },
      {},
      "certificates",
    ],
  ])("%s", async (_, env, machine, needs) => {
    const { mesh } = await startWith(env, machine, direct);
    expect([mesh?.envoyNeeds, mesh?.xds, mesh?.sds !== undefined]).toEqual([needs, undefined, needs !== undefined]);
  });

  const WITHOUT = "Nothing serves certificates to Envoy";
  test.each<[string, Env, Partial<Case>, boolean]>([
    ["plain text", proxyConfig({ controlPlaneAuthPolicy: "NONE" }), {}, true],
    [
      "plain text, with the SDS server of another process",
      proxyConfig({ controlPlaneAuthPolicy: "NONE" }),
      { sockets: ["var/run/secrets/workload-spiffe-uds/socket"] },
      false,
    ],
    ["TLS", {}, {}, false],
  ])("%s: whether anything serves certificates is said", async (_, env, machine, isSaid) => {
    const { warnings } = await startWith(env, machine, direct);
    expect(warnings.some((text) => text.includes(WITHOUT))).toBe(isSaid);
  });

  test.each([
    ["san.example:443", "DNS", "san.example"],
    ["san.example.", "DNS", "san.example"],
    ["[::1]", "IP_ADDRESS", "::1"],
  ])("Envoy verifies ISTIOD_SAN %s as the agent does", async (san, type, exact) => {
    const { launch } = await startWith({ ISTIOD_SAN: san }, {}, direct);
    const bootstrap = JSON.stringify(JSON.parse(launch?.bootstrap ?? ""));
    expect(bootstrap).toContain(JSON.stringify({ match_typed_subject_alt_names: [{ san_type: type, matcher: { exact } }] }).slice(1, -1));
    expect(/"sni":"([^"]*)"/.exec(bootstrap)?.[1]).toBe(type === "DNS" ? exact : undefined);
  });

  test("Envoy pings as the agent would", async () => {
    const { launch } = await startWith({ GRPC_KEEPALIVE_INTERVAL: "1m", GRPC_KEEPALIVE_TIMEOUT: "500ms" }, {}, direct);
    expect(JSON.stringify(JSON.parse(launch?.bootstrap ?? ""))).toContain('"connection_keepalive":{"interval":"60s","timeout":"0.5s"}');
  });

  test("plain text needs no root certificate", async () => {
    const env = { ...BASE, ...proxyConfig({ controlPlaneAuthPolicy: "NONE", discoveryAddress: "d:15010" }) };
    expect((await started("istio-1.30", { env }, direct)).launch).toBeDefined();
  });

  const OF_AGENT = "; --xds agent (ATTACHE_XDS) has health reports and trust bundles";
  test.each<[Env, string | undefined]>([
    [{}, undefined],
    [
      { ISTIO_META_DNS_CAPTURE: "true" },
      "the table of DNS names (ISTIO_META_DNS_CAPTURE, ISTIO_META_ENABLE_DNS_SERVER); attache does not resolve them with --xds agent either",
    ],
    [proxyConfig({ readinessProbe: { httpGet: { port: 80 } } }), `health reports (readinessProbe in the ProxyConfig)${OF_AGENT}`],
    [{ PROXY_CONFIG_XDS_AGENT: "true" }, `trust bundles (PROXY_CONFIG_XDS_AGENT)${OF_AGENT}`],
  ])("what is missing is said: %j", async (env, wanted) => {
    const { launch, warnings } = await startWith(env, {}, direct);
    const said = launch?.notices.filter(({ text }) => text.startsWith(DIRECT)) ?? [];
    expect(said.map(({ level }) => level)).toEqual([wanted === undefined ? "info" : "warn"]);
    expect(warnings.filter((text) => text.endsWith(`the settings ask for ${wanted}`))).toHaveLength(wanted === undefined ? 0 : 1);
  });
});
