import { describe, expect, test } from "bun:test";
import { CHANGES } from "../../src/profiles/istio-1.6/changes.ts";
import { proxyConfigRules } from "../../src/profiles/istio-1.6/proxy-config.ts";
import type { TlsSettings } from "../../src/profiles/istio-1.30/contract.ts";
import { proxyConfigRules as newerRules } from "../../src/profiles/istio-1.30/proxy-config.ts";
import { RULES } from "../../src/profiles/istio-1.30/rules.ts";
import { rulesOf } from "../../src/profiles/rules.ts";
import type { Problem } from "../../src/settings/checks.ts";

const RULES_1_30 = newerRules(rulesOf(RULES));
const RULES_1_6 = proxyConfigRules(rulesOf(CHANGES, [1, 6, 0]));

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
