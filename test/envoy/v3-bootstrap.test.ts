import { describe, expect, test } from "bun:test";
import { toV3 } from "../../src/envoy/v3-bootstrap.ts";
import type { JsonObject } from "../../src/go/json-value.ts";

const URL = "type.googleapis.com/";
const V2_TLS = { "@type": `${URL}envoy.api.v2.auth.UpstreamTlsContext` };
const V3_TLS = { "@type": `${URL}envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext` };

const clusters = (...list: readonly JsonObject[]): JsonObject => ({ static_resources: { clusters: list } });
const patterns = (...list: readonly JsonObject[]): JsonObject => ({
  stats_config: { stats_matcher: { inclusion_list: { patterns: list } } },
});

describe("toV3 changes", () => {
  test.each([
    [
      "type URLs at any place",
      {
        tracing: { http: { typed_config: { "@type": `${URL}envoy.config.trace.v2.ZipkinConfig`, a: 1 } } },
        lists: [[{ "@type": `${URL}envoy.config.filter.http.router.v2.Router` }]],
      },
      {
        tracing: { http: { typed_config: { "@type": `${URL}envoy.config.trace.v3.ZipkinConfig`, a: 1 } } },
        lists: [[{ "@type": `${URL}envoy.extensions.filters.http.router.v3.Router` }]],
      },
    ],
    [
      "the HTTP connection manager",
      { "@type": `${URL}envoy.config.filter.network.http_connection_manager.v2.HttpConnectionManager` },
      { "@type": `${URL}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager` },
    ],
    [
      "a cluster's tls_context with the names in it",
      clusters({ name: "c", tls_context: { common_tls_context: { validation_context: { verify_subject_alt_name: ["a"] } }, sni: "s" } }),
      clusters({
        name: "c",
        transport_socket: {
          name: "envoy.transport_sockets.tls",
          typed_config: { ...V3_TLS, common_tls_context: { validation_context: { match_subject_alt_names: [{ exact: "a" }] } }, sni: "s" },
        },
      }),
    ],
    [
      "names in a transport socket",
      clusters({
        transport_socket: { typed_config: { ...V2_TLS, common_tls_context: { validation_context: { verify_subject_alt_name: [] } } } },
      }),
      clusters({
        transport_socket: { typed_config: { ...V3_TLS, common_tls_context: { validation_context: { match_subject_alt_names: [] } } } },
      }),
    ],
    [
      "sinks of statistics that are known",
      {
        stats_sinks: [
          { name: "envoy.statsd", config: { a: 1 } },
          { name: "envoy.metrics_service", config: {} },
          { name: "mine", config: {} },
        ],
      },
      {
        stats_sinks: [
          { name: "envoy.statsd", typed_config: { "@type": `${URL}envoy.config.metrics.v3.StatsdSink`, a: 1 } },
          {
            name: "envoy.metrics_service",
            typed_config: { "@type": `${URL}envoy.config.metrics.v3.MetricsServiceConfig`, transport_api_version: "V3" },
          },
          { name: "mine", config: {} },
        ],
      },
    ],
    [
      "regexes of statistics patterns",
      patterns({ prefix: "p" }, { regex: "r.*" }),
      patterns({ prefix: "p" }, { safe_regex: { google_re2: {}, regex: "r.*" } }),
    ],
  ] as const)("%s", (_, given, expected) => {
    expect(toV3(given).document).toEqual(expected);
  });
});

describe("toV3 does not change", () => {
  test.each([
    [
      "a document of v3",
      { ...clusters({ transport_socket: { typed_config: V3_TLS } }), stats_sinks: [{ name: "envoy.statsd", typed_config: {} }] },
    ],
    ["text that only looks like a type URL", { label: `${URL}envoy.config.trace.v2.X`, "@type": `x${URL}envoy.config.trace.v2.X` }],
    ["the node's metadata", { node: { metadata: { LABELS: { "@type": `${URL}envoy.config.trace.v2.X` }, tls_context: {} } } }],
    ["fields of the same names elsewhere", { admin: { tls_context: {}, regex: "r", config: {} }, ...clusters({ config: {}, regex: "r" }) }],
    ["what has the wrong shape", { static_resources: [], stats_sinks: {}, stats_config: null }],
    ["nothing", {}],
  ] as const)("%s", (_, given) => {
    const { document, changes } = toV3(given);
    expect(document).toBe(given);
    expect(changes).toEqual([]);
  });
  test("the node beside what it changes, and keys named as of JavaScript's own", () => {
    const node = { metadata: { "@type": `${URL}envoy.config.trace.v2.X` } };
    const given = JSON.parse(`{"node":${JSON.stringify(node)},"a":{"__proto__":{"@type":"${URL}envoy.config.trace.v2.X"}}}`);
    expect(JSON.stringify(toV3(given).document)).toBe(
      `{"node":${JSON.stringify(node)},"a":{"__proto__":{"@type":"${URL}envoy.config.trace.v3.X"}}}`,
    );
  });
});

test("toV3 reports each kind of change once", () => {
  const { changes } = toV3({
    a: [{ "@type": `${URL}envoy.config.trace.v2.X` }, { "@type": `${URL}envoy.config.trace.v2.Y` }],
    ...patterns({ regex: "r" }),
  });
  expect(changes).toEqual([
    "type URLs of envoy.config.trace.v2. became those of envoy.config.trace.v3. (2 times)",
    "regex of a statistics pattern became safe_regex (RE2 syntax)",
  ]);
});
