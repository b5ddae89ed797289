import { describe, expect, test } from "bun:test";
import type { Inputs } from "../../src/inputs/inputs.ts";
import { nodeAddresses as addresses16, isIpv6 } from "../../src/profiles/istio-1.6/addresses.ts";
import { changesOf } from "../../src/profiles/istio-1.6/changes.ts";
import { proxyConfigRules } from "../../src/profiles/istio-1.6/proxy-config.ts";
import { nodeAddresses as addresses130, familiesOf, familyOf } from "../../src/profiles/istio-1.30/addresses.ts";
import { familyNotices } from "../../src/profiles/istio-1.30/advice.ts";
import { clusterName } from "../../src/profiles/istio-1.30/cluster-name.ts";
import type { Config, TlsSettings } from "../../src/profiles/istio-1.30/contract.ts";
import { PROXY_CONFIG_RULES as RULES_1_30 } from "../../src/profiles/istio-1.30/proxy-config.ts";
import { statsOf } from "../../src/profiles/istio-1.30/stats.ts";
import type { Problem } from "../../src/settings/checks.ts";

const RULES_1_6 = proxyConfigRules(changesOf([1, 6, 0]));

/** Returns the interfaces of a node, with a loopback, and its INSTANCE_IP. */
function node(instanceIp: string, interfaces: readonly (readonly [name: string, address: string])[]): [Inputs["interfaces"], string] {
  const others = interfaces.map(([name, address]) => ({ name, address, loopback: false }));
  return [[{ name: "lo", address: "127.0.0.1", loopback: true }, ...others], instanceIp];
}

describe("node addresses", () => {
  test.each<[string, string, [string, string][], string[], string[]]>([
    [
      "the instance leads, the others follow",
      "10.0.0.2",
      [
        ["eth0", "10.0.0.1"],
        ["net1", "10.0.0.2"],
      ],
      ["10.0.0.2", "10.0.0.1"],
      ["10.0.0.2", "10.0.0.1"],
    ],
    ["an invalid instance address", "10.0.0.300", [["eth0", "10.0.0.1"]], ["10.0.0.1"], ["10.0.0.1"]],
    [
      "link-local addresses count only in 1.6",
      "",
      [
        ["eth0", "fe80::1"],
        ["eth0", "fd00::1"],
      ],
      ["fe80::1", "fd00::1"],
      ["fd00::1"],
    ],
    ["no interface: the loopbacks, in 1.30 beside the instance too", "10.0.0.1", [], ["10.0.0.1"], ["10.0.0.1", "127.0.0.1", "::1"]],
    ["nothing known", "", [], ["127.0.0.1", "::1"], ["127.0.0.1", "::1"]],
    [
      "an IPv4-mapped instance is IPv4 only in 1.6",
      "::ffff:10.9.8.7",
      [["eth0", "fd00::1"]],
      ["10.9.8.7", "fd00::1"],
      ["::ffff:10.9.8.7", "fd00::1"],
    ],
  ])("%s", (_, instance, interfaces, expected16, expected130) => {
    expect(addresses16(...node(instance, interfaces), "")).toEqual(expected16);
    expect(addresses130(...node(instance, interfaces), undefined)).toEqual(expected130);
  });
  test("1.6: --ip is used unchanged (contract 1.6 §4.1)", () => {
    expect(addresses16(...node("10.0.0.2", [["eth0", "10.0.0.1"]]), "not-an-ip")).toEqual(["not-an-ip", "10.0.0.1"]);
  });
  test("1.30: excluded interfaces, not trimmed (contract 1.30 §4.1)", () => {
    const annotations = new Map([["traffic.sidecar.istio.io/excludeInterfaces", "net1, net2"]]);
    expect(
      addresses130(
        ...node("", [
          ["eth0", "10.0.0.1"],
          ["net1", "10.0.1.1"],
          ["net2", "10.0.2.1"],
        ]),
        annotations,
      ),
    ).toEqual(["10.0.0.1", "10.0.2.1"]);
  });
  test("1.30: loopback addresses cannot be excluded, other addresses of the loopback can", () => {
    const lo = (address: string) => ({ name: "lo", address, loopback: true });
    const interfaces = [lo("127.0.0.1"), lo("10.0.0.1"), { name: "eth0", address: "10.0.0.1", loopback: false }];
    const annotations = new Map([["traffic.sidecar.istio.io/excludeInterfaces", "lo"]]);
    expect(addresses130([lo("127.0.0.1")], "", annotations)).toEqual(["127.0.0.1", "::1"]);
    expect(addresses130(interfaces, "", annotations)).toEqual([]);
  });
  test.each<[string[], boolean, boolean, boolean]>([
    [["10.0.0.1"], false, true, false],
    [["fd00::1"], true, false, true],
    [["10.0.0.1", "fd00::1"], false, false, false],
    [[], true, true, true],
    [["::ffff:10.0.0.1"], false, false, true],
  ])("families of %p", (list, v6In16, allV4, allV6) => {
    expect([isIpv6(list), familiesOf(list)]).toEqual([v6In16, { allV4, allV6 }]);
  });
});

describe("clusterName, upstream's own table (contract 1.30 §7.2)", () => {
  const app = { app: "legacy-app", "app.kubernetes.io/name": "k8s-app" };
  test.each<[string, Record<string, string>, string, string, string]>([
    ["my-service", app, "", "default", "my-service"],
    ["istio-proxy", app, "", "default", "legacy-app.default"],
    ["", { "app.kubernetes.io/name": "k8s-app" }, "", "default", "k8s-app.default"],
    ["", { "service.istio.io/canonical-name": "canonical-name" }, "", "default", "canonical-name.default"],
    ["", {}, "my-workload", "default", "my-workload.default"],
    ["", {}, "", "default", "istio-proxy.default"],
    ["", {}, "", "", "istio-proxy"],
    ["", { app: "a" }, "", "", "a."],
  ])("service cluster %p, labels %p, workload %p, namespace %p: %s", (serviceCluster, labels, workload, namespace, expected) => {
    expect(clusterName({ serviceCluster }, labels, workload, namespace)).toBe(expected);
  });
  test.each<[NonNullable<Config["tracingServiceName"]>, Record<string, string>, string, string]>([
    ["CANONICAL_NAME_ONLY", { app: "a" }, "ns", "a"],
    ["CANONICAL_NAME_AND_NAMESPACE", { app: "a" }, "ns", "a.ns"],
    ["CANONICAL_NAME_AND_NAMESPACE", { app: "a" }, "", "a"],
    ["APP_LABEL_AND_NAMESPACE", { app: "a" }, "ns", "a.ns"],
  ])("%s of %p in %p: %s", (tracingServiceName, labels, namespace, expected) => {
    expect(clusterName({ tracingServiceName }, labels, "", namespace)).toBe(expected);
  });
});

describe("statistics of 1.30 (contract 1.30 §7.8)", () => {
  const stats = (annotations: Record<string, string>, config = {}) =>
    statsOf(
      config,
      Object.fromEntries(Object.entries(annotations).map(([name, value]) => [`sidecar.istio.io/${name}`, value])),
      ["10.0.0.1", "10.0.0.2"],
      false,
    );
  test.each([
    ["10s", "", "10s", undefined, 0],
    ["90s", "", "1m30s", undefined, 0],
    ["500ms", "", "500ms", undefined, 0],
    ["", "10s", undefined, "10s", 0],
    ["", "11s", undefined, undefined, 1],
    ["10s", "20s", "10s", "20s", 0],
    ["often", "", undefined, undefined, 1],
    ["often", "soon", undefined, undefined, 2],
    ["0s", "10s", undefined, "10s", 0],
    ["500ms", "1500ms", "500ms", "1s", 0],
    ["", "0", undefined, "0s", 0],
  ])("flush %p, eviction %p: %p, %p, %d warnings", (statsFlushInterval, statsEvictionInterval, flush, eviction, warnings) => {
    const { stats: found, notices } = stats({ statsFlushInterval, statsEvictionInterval });
    expect([found.flushInterval, found.evictionInterval, notices.length]).toEqual([flush, eviction, warnings]);
  });
  test("{pod_ip} becomes one item for each address, and the annotation replaces the configured list", () => {
    const { inclusionPrefixes } = stats(
      { statsInclusionPrefixes: "http.{pod_ip}_,plain" },
      { proxyStatsMatcher: { inclusionPrefixes: ["hidden"] } },
    ).stats;
    expect(inclusionPrefixes.slice(0, 4)).toEqual(["http.10.0.0.1_", "http.10.0.0.2_", "plain", "cluster_manager"]);
  });
  test("tags have no empty or duplicate items, and buckets are sorted by prefix", () => {
    const found = stats({ extraStatTags: "b,,a,b", statsHistogramBuckets: '{"istio":[1],"envoy":[2]}' }, { extraStatTags: ["a"] }).stats;
    expect(found.extraStatTags).toEqual(["a", "b"]);
    expect(found.histogramBuckets).toEqual([
      { match: { prefix: "envoy" }, buckets: [2] },
      { match: { prefix: "istio" }, buckets: [1] },
    ]);
  });
  test("a prefix may have no buckets, and a bucket no number", () => {
    expect(stats({ statsHistogramBuckets: '{"a":null,"b":[null,1]}' }).stats.histogramBuckets).toEqual([
      { match: { prefix: "a" }, buckets: null },
      { match: { prefix: "b" }, buckets: [0, 1] },
    ]);
    expect(stats({ statsHistogramBuckets: "null" })).toMatchObject({ stats: { histogramBuckets: [] }, notices: [] });
  });
  test.each(["x", "[1]", '{"a":"b"}', '{"a":["b"]}'])("buckets %s are ignored with a warning", (statsHistogramBuckets) => {
    const { stats: found, notices } = stats({ statsHistogramBuckets });
    expect([found.histogramBuckets, notices.length]).toEqual([[], 1]);
  });
});

describe("address families in 1.30 (contract 1.30 §7.5)", () => {
  test.each<[string[], boolean, string, boolean]>([
    [["10.0.0.1"], false, "127.0.0.1", false],
    [["10.0.0.1", "fd00::1"], false, "127.0.0.1", false],
    [["10.0.0.1", "fd00::1"], true, "127.0.0.1", false],
    [["fd00::1"], false, "::1", false],
    [["fd00::1", "fd00::2"], true, "::1", false],
    [["fd00::1", "10.0.0.1"], false, "127.0.0.1", true],
    [["fd00::1", "10.0.0.1"], true, "::1", false],
    [["fe80::1", "10.0.0.1"], false, "127.0.0.1", false],
    [["::ffff:10.0.0.2", "10.0.0.1"], false, "127.0.0.1", false],
    [[], false, "127.0.0.1", false],
  ])("Envoy of %j, dual stack %p, listens on %s; a warning: %p", (addresses, dualStack, localhost, isWarned) => {
    expect(familyOf(addresses, dualStack).localhost).toBe(localhost);
    expect(familyNotices(addresses, dualStack)).toHaveLength(isWarned ? 1 : 0);
  });
});

describe("TLS of the tracer in 1.30 (contract 1.30 §5.3 step 4)", () => {
  const said = (tlsSettings: TlsSettings) =>
    RULES_1_30.problems({ ...RULES_1_30.defaults, tracing: { tlsSettings } }).map(({ text }) =>
      text.replace("invalid tracing TLS config: ", ""),
    );
  test.each<[TlsSettings, string[]]>([
    [{ mode: "MUTUAL", credentialName: "x" }, []],
    [{ mode: "SIMPLE", insecureSkipVerify: true }, []],
    [{ credentialName: "x", caCertificates: "y", insecureSkipVerify: true }, []],
    [{ mode: "MUTUAL", clientCertificate: "c" }, ["private key required for mutual tls"]],
    [{ mode: "SIMPLE", credentialName: "x", caCrl: "y" }, ["credentialName cannot be combined with certificate and key files"]],
    [{ credentialName: "configmap://x" }, ["credentialName cannot be a ConfigMap, because a ProxyConfig has no namespace"]],
    [
      { mode: "SIMPLE", insecureSkipVerify: true, subjectAltNames: ["a"] },
      ["insecureSkipVerify cannot be combined with caCertificates, credentialName and subjectAltNames"],
    ],
    [
      { mode: "SIMPLE", insecureSkipVerify: true, caCertificates: "y" },
      ["insecureSkipVerify cannot be combined with caCertificates, credentialName and subjectAltNames"],
    ],
    [
      { mode: "SIMPLE", insecureSkipVerify: true, credentialName: "x" },
      ["insecureSkipVerify cannot be combined with caCertificates, credentialName and subjectAltNames"],
    ],
    [
      { mode: "MUTUAL", insecureSkipVerify: true, subjectAltNames: ["a"], clientCertificate: "c", privateKey: "k" },
      ["insecureSkipVerify cannot be combined with caCertificates and subjectAltNames"],
    ],
    [{ mode: "MUTUAL", insecureSkipVerify: true, credentialName: "x" }, []],
    [{ mode: "ISTIO_MUTUAL", insecureSkipVerify: true, caCertificates: "y", credentialName: "x" }, []],
    [
      { mode: "MUTUAL", insecureSkipVerify: true, caCertificates: "a", credentialName: "x" },
      [
        "insecureSkipVerify cannot be combined with caCertificates and subjectAltNames",
        "credentialName cannot be combined with certificate and key files",
      ],
    ],
  ])("%p: %p", (tlsSettings, expected) => {
    expect(said(tlsSettings)).toEqual(expected);
  });
});

describe("validation: all problems at once", () => {
  const BROKEN = {
    configPath: "",
    binaryPath: "",
    discoveryAddress: "nowhere",
    drainDuration: 1_500_000_000n,
    parentShutdownDuration: 1_000_000_000n,
    tracing: { lightstep: {} },
    statsdUdpAddress: "x",
    proxyAdminPort: 0,
    controlPlaneAuthPolicy: "INHERIT",
  } as const;
  test("release 1.6 (contract 1.6 §5.5)", () => {
    expect(RULES_1_6.problems(BROKEN).map(({ text }) => text)).toEqual([
      "config path must be set",
      "binary path must be set",
      "service cluster must be set",
      "invalid parent and drain time combination drain time only supports durations to seconds precision",
      "invalid parent and drain time combination parent shutdown time 1s must be greater than drain time 1.5s",
      'invalid discovery address: unable to split "nowhere": address nowhere: missing port in address',
      "invalid lightstep config: address is required",
      'invalid lightstep config: invalid lightstep address: unable to split "": missing port in address',
      "invalid lightstep config: access token is required",
      'invalid statsd udp address "x": unable to split "x": address x: missing port in address',
      "invalid proxy admin port: port number 0 must be in the range 1..65535",
      'unrecognized control plane auth policy "INHERIT"',
    ]);
  });
  test("release 1.30 (contract 1.30 §5.3)", () => {
    expect(RULES_1_30.problems(BROKEN).map(({ text }) => text)).toEqual([
      "config path must be set",
      "binary path must be set",
      "oneof service cluster or tracing service name must be specified",
      "drain time only supports durations to seconds precision",
      'invalid discovery address: unable to split "nowhere": address nowhere: missing port in address',
      "invalid lightstep config: address is required",
      'invalid lightstep config: invalid lightstep address: unable to split "": missing port in address',
      "invalid lightstep config: access token is required",
      'invalid statsd udp address "x": unable to split "x": address x: missing port in address',
      "invalid proxy admin port: port number 0 must be in the range 1..65535",
      "invalid status port: port number 0 must be in the range 1..65535",
      'unrecognized control plane auth policy "INHERIT"',
    ]);
  });
  test("the defaults of both are valid", () => {
    expect([RULES_1_6.problems(RULES_1_6.defaults), RULES_1_30.problems(RULES_1_30.defaults)]).toEqual([[], []]);
  });

  type Row = readonly [field: string, change: object, text: string];
  const changed16 = (change: object) => RULES_1_6.problems({ ...RULES_1_6.defaults, ...change });
  const changed130 = (change: object) => RULES_1_30.problems({ ...RULES_1_30.defaults, ...change });
  const split = (text: string) => `unable to split "${text}": address ${text}: missing port in address`;
  const BOTH: readonly Row[] = [
    ["configPath", { configPath: "" }, "config path must be set"],
    ["binaryPath", { binaryPath: "" }, "binary path must be set"],
    ["discoveryAddress", { discoveryAddress: "" }, "discovery address must be set to the proxy discovery service"],
    ["discoveryAddress", { discoveryAddress: "x" }, `invalid discovery address: ${split("x")}`],
    ["statsdUdpAddress", { statsdUdpAddress: "x" }, `invalid statsd udp address "x": ${split("x")}`],
    ["envoyMetricsServiceAddress", { envoyMetricsServiceAddress: "x" }, `invalid envoy metrics service address "x": ${split("x")}`],
    ["envoyMetricsService.address", { envoyMetricsService: { address: "x" } }, `invalid envoy metrics service address "x": ${split("x")}`],
    [
      "envoyAccessLogService.address",
      { envoyAccessLogService: { address: "x" } },
      `invalid envoy access log service address "x": ${split("x")}`,
    ],
    ["tracing.zipkin.address", { tracing: { zipkin: { address: "x" } } }, `invalid zipkin config: ${split("x")}`],
    ["tracing.datadog.address", { tracing: { datadog: { address: "x" } } }, `invalid datadog config: ${split("x")}`],
    [
      "tracing.lightstep.address",
      { tracing: { lightstep: { address: "x", accessToken: "t" } } },
      `invalid lightstep config: invalid lightstep address: ${split("x")}`,
    ],
    ["tracing.lightstep.accessToken", { tracing: { lightstep: { address: "x:1" } } }, "invalid lightstep config: access token is required"],
    [
      "tracing.tlsSettings",
      { tracing: { tlsSettings: { mode: "MUTUAL", privateKey: "k" } } },
      "invalid tracing TLS config: client certificate required for mutual tls",
    ],
    ["proxyAdminPort", { proxyAdminPort: 65536 }, "invalid proxy admin port: port number 65536 must be in the range 1..65535"],
    ["controlPlaneAuthPolicy", { controlPlaneAuthPolicy: 7 }, 'unrecognized control plane auth policy "7"'],
  ];
  const OLD: readonly Row[] = [
    ["serviceCluster", { serviceCluster: "" }, "service cluster must be set"],
    ...(
      [
        ["drainDuration", { drainDuration: 1_500_000_000n }, "drain time only supports durations to seconds precision"],
        ["drainDuration", { drainDuration: 0n }, "invalid drain duration: duration must be greater than 1ms"],
        [
          "parentShutdownDuration",
          { parentShutdownDuration: 60_500_000_000n },
          "parent shutdown time only supports durations to seconds precision",
        ],
        ["parentShutdownDuration", { parentShutdownDuration: 1n }, "invalid parent shutdown duration: duration must be greater than 1ms"],
        [
          "parentShutdownDuration",
          { parentShutdownDuration: 45_000_000_000n },
          "parent shutdown time 45s must be greater than drain time 45s",
        ],
        ["parentShutdownDuration", { parentShutdownDuration: 3_601_000_000_000n }, "parent shutdown time 1h0m1s must be <1h0m0s"],
      ] as const
    ).map(([field, change, text]): Row => [field, change, `invalid parent and drain time combination ${text}`]),
  ];
  const NEW: readonly Row[] = [
    ["serviceCluster", { serviceCluster: "" }, "service cluster must be specified"],
    ["serviceCluster", { serviceCluster: undefined }, "oneof service cluster or tracing service name must be specified"],
    ["drainDuration", { drainDuration: 1_500_000_000n }, "drain time only supports durations to seconds precision"],
    ["drainDuration", { drainDuration: undefined }, "invalid drain duration: duration: nil Duration"],
    ["statusPort", { statusPort: -1 }, "invalid status port: port number -1 must be in the range 1..65535"],
    ["privateKeyProvider", { privateKeyProvider: {} }, "private key provider: configuration of the provider must be set"],
    ["privateKeyProvider", { privateKeyProvider: { qat: {} } }, "pollDelay is required"],
    ["privateKeyProvider", { privateKeyProvider: { cryptomb: { pollDelay: 0n } } }, "pollDelay is required"],
  ];

  test.each([
    ...[...BOTH, ...OLD].map((row) => ["1.6", changed16, ...row] as const),
    ...[...BOTH, ...NEW].map((row) => ["1.30", changed130, ...row] as const),
  ])("of %s, %p: one problem at %s", (_, problems, field, change, text) => {
    const found: readonly Problem[] = problems(change);
    expect(found.map((each) => ({ field: each.field, text: each.text }))).toEqual([{ field, text }]);
  });

  test.each([
    { drainDuration: 3_599_000_000_000n, parentShutdownDuration: 3_600_000_000_000n },
    { proxyAdminPort: 65535 },
    { controlPlaneAuthPolicy: "NONE" },
    { controlPlaneAuthPolicy: "MUTUAL_TLS" },
    { statsdUdpAddress: "a:1", envoyMetricsServiceAddress: "a:1", envoyMetricsService: { address: "a:1" } },
    { tracing: { zipkin: { address: "$(HOST_IP):1" } } },
    { tracing: { datadog: { address: "$(HOST_IP):1" } } },
    { tracing: { lightstep: { address: "a:1", accessToken: "t" } } },
    { privateKeyProvider: { qat: { pollDelay: 1n } } },
    { tracingServiceName: "CANONICAL_NAME_ONLY", serviceCluster: undefined },
  ])("%p is valid", (change: object) => {
    expect(changed130(change)).toEqual([]);
    if (!("tracingServiceName" in change)) expect(changed16(change)).toEqual([]);
  });
});
