import { describe, expect, test } from "bun:test";
import { meshProblems as meshProblems16 } from "../../src/profiles/istio-1.6/mesh-config.ts";
import { meshProblems as meshProblems130 } from "../../src/profiles/istio-1.30/mesh-config.ts";
import type { MessageSchema } from "../../src/settings/schema.ts";

const SCHEMA: MessageSchema = { fields: { concurrency: "int32" } };
const LAYER = { origin: "the file", text: "" };
const RELEASES = [
  ["1.6", meshProblems16],
  ["1.30", meshProblems130],
] as const;

/** Expects one problem that begins with a text. */
function expectProblem({ problems }: { readonly problems: readonly string[] }, text: string): void {
  expect(problems.map((problem) => problem.slice(0, text.length))).toEqual([text]);
}

describe.each(RELEASES)("the mesh config of %s beside its defaultConfig (contract 1.6 §5.6, 1.30 §5.2)", (_, meshProblems) => {
  test.each([
    ["nothing", null],
    ["an empty one", {}],
    ["defaultConfig, which is checked elsewhere", { defaultConfig: 1, default_config: 2 }],
    ["names of the proto file", { enable_tracing: true, access_log_encoding: "JSON", h2_upgrade_policy: 1 }],
    ["no detection", { protocolDetectionTimeout: "0s" }],
    ["a name with an asterisk", { serviceSettings: [{ hosts: ["*", "*.a.b", "*-x.a", "a.b."], settings: { clusterLocal: true } }] }],
    ["weights of places apart", { localityLbSetting: { distribute: [{ from: "a/b", to: { "a/*": 60, "b/c/d": 40 } }] } }],
    ["failover between regions", { localityLbSetting: { failover: [{ from: "a", to: "b" }] } }],
  ])("%s is accepted", (_, document) => {
    expect(meshProblems(document, LAYER, SCHEMA)).toMatchObject({ problems: [], unknown: [] });
  });

  test.each([
    ["the document in the file (line 1, column 1): must be a mapping", []],
    ['enableTracing in the file: must be true or false: current value is "yes" (json', { enableTracing: "yes" }],
    ['tcpKeepalive.time in the file: must be a duration such as 5s: current value is "1', { tcpKeepalive: { time: "10" } }],
    ["certificates.0.dnsNames.1 in the file: must be a string: current value is 1 (json", { certificates: [{ dnsNames: ["a", 1] }] }],
    ["invalid proxy listen port", { proxyListenPort: 0 }],
    ["invalid connect timeout: duration must be greater than 1ms", { connectTimeout: "0s" }],
    ["invalid connect timeout: time 1h0m1s", { connectTimeout: "1h1s" }],
    ["invalid protocol detection timeout", { protocolDetectionTimeout: "1ns" }],
    ['invalid host "a_b" in serviceSettings', { serviceSettings: [{ hosts: ["a.b", "a_b"] }] }],
    ['invalid host "a.*" in serviceSettings', { serviceSettings: [{ hosts: ["a.*"] }] }],
    ['invalid host "" in serviceSettings', { serviceSettings: [{ hosts: [""] }] }],
    ["invalid localityLbSetting: distribute and failover", { localityLbSetting: { distribute: [{}], failover: [{}] } }],
    ["invalid localityLbSetting: the weights", { localityLbSetting: { distribute: [{ from: "a" }] } }],
    ["invalid localityLbSetting: a weight must", { localityLbSetting: { distribute: [{ from: "a", to: { a: 0, b: 100 } }] } }],
    ['invalid localityLbSetting: "a/b" overlaps', { localityLbSetting: { distribute: [{ from: "a", to: { a: 60, "a/b": 40 } }] } }],
    ['invalid localityLbSetting: "*/a" may', { localityLbSetting: { distribute: [{ from: "a", to: { "*/a": 100 } }] } }],
    ['invalid localityLbSetting: "a/" lacks', { localityLbSetting: { distribute: [{ from: "a/", to: { a: 100 } }] } }],
    ['invalid localityLbSetting: failover from "a" to itself', { localityLbSetting: { failover: [{ from: "a", to: "a" }] } }],
    ["invalid localityLbSetting: failover is", { localityLbSetting: { failover: [{ from: "a", to: "b*" }] } }],
  ])("%s", (text, document) => {
    expectProblem(meshProblems(document, LAYER, SCHEMA), text);
  });

  test.each(["topology.kubernetes.io/region", "topology.kubernetes.io/zone", "topology.istio.io/subzone"])(
    "a failover beside %s in failoverPriority is a problem, but not in 1.6, which has no such field",
    (label) => {
      const { problems, unknown } = meshProblems(
        { localityLbSetting: { failover: [{ from: "a", to: "b" }], failoverPriority: ["x", label] } },
        LAYER,
        SCHEMA,
      );
      expect([...problems, ...unknown]).toEqual([expect.stringContaining("failoverPriority")]);
      if (unknown.length === 0) expect(problems[0]).toInclude(`failover and "${label}" in failoverPriority cannot both be set`);
    },
  );

  test("unknown fields are reported", () => {
    expect(meshProblems({ enableTracingg: true, concurrency: 2 }, LAYER, SCHEMA).unknown).toEqual([
      'enableTracingg in the file: unknown field "enableTracingg"; did you mean enableTracing?',
      'concurrency in the file: unknown field "concurrency"; did you mean defaultConfig.concurrency?',
    ]);
  });
});

describe("fields of 1.30 only", () => {
  test.each([
    ["providers", { extensionProviders: [{ name: "x", opentelemetry: { service: "a", port: 1, http: { timeout: "1s" } } }] }],
    ["a struct", { extensionProviders: [{ envoyFileAccessLog: { logFormat: { labels: { a: [1, null] } } } }] }],
    ["names that do not follow from the JSON name", { mesh_mTLS: {}, extensionProviders: [{ zipkin: { enable_64bit_trace_id: true } }] }],
    ["a trust domain with a dot at its end", { trustDomain: "A.b.", trustDomainAliases: ["x-1"] }],
    ["a failover priority", { localityLbSetting: { failoverPriority: ["topology.kubernetes.io/zone"] } }],
    ["no curves", { meshMTLS: { ecdhCurves: [], minProtocolVersion: "TLSV1_3" } }],
  ])("%s", (_, document) => {
    expect(meshProblems130(document, LAYER, SCHEMA)).toMatchObject({ problems: [], unknown: [] });
  });
  test.each([
    ["invalid localityLbSetting: failover is", { localityLbSetting: { failover: [{ from: "a*", to: "b/c" }] } }],
    [
      'invalid localityLbSetting: failover and "topology.kubernetes.io/zone" in',
      { localityLbSetting: { failover: [{ from: "a", to: "b" }], failoverPriority: ["x", "topology.kubernetes.io/zone"] } },
    ],
    ['invalid trust domain "" in trustDomain', { trustDomain: "" }],
    ['invalid trust domain "a_b" in trustDomain', { trustDomain: "a_b" }],
    ['invalid trust domain "." in trustDomainAliases', { trustDomainAliases: ["a", "."] }],
    ["meshMTLS does not support ecdhCurves", { meshMTLS: { ecdhCurves: ["P-256"] } }],
    [
      "extensionProviders.0.envoyOtelAls.logFormat.labels in the file: must be a mapping: current value is 1 (json",
      { extensionProviders: [{ envoyOtelAls: { logFormat: { labels: 1 } } }] },
    ],
    ['hboneIdleTimeout in the file: must be a duration such as 5s: current value is "1', { hboneIdleTimeout: "1d" }],
  ])("%s", (text, document) => {
    expectProblem(meshProblems130(document, LAYER, SCHEMA), text);
    expect(meshProblems16(document, LAYER, SCHEMA).problems).toEqual([]);
  });
});

test.each([
  ["invalid Policy Check Server address", { mixerCheckServer: "nowhere" }],
  ["invalid Telemetry Server address", { mixerReportServer: "nowhere" }],
  ["invalid connect timeout: time 31s must be >1ms and <30s", { connectTimeout: "31s" }],
])("1.6: %s", (text, document) => {
  expectProblem(meshProblems16(document, LAYER, SCHEMA), text);
});

test.each([
  ["1.6", meshProblems16, "31s", "invalid connect timeout: time 31s must be >1ms and <30s"],
  ["1.30", meshProblems130, "1h1s", "invalid connect timeout: time 1h0m1s must be >1ms and <1h"],
])("%s shows the value of a connect timeout once", (_, meshProblems, connectTimeout, text) => {
  const { problems } = meshProblems({ connectTimeout }, LAYER, SCHEMA);
  expect(problems).toEqual([expect.stringContaining(text)]);
  expect(problems.join()).not.toContain("current value is");
});
