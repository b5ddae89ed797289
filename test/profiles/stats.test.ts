import { describe, expect, test } from "bun:test";
import { statsOf, wholeSeconds } from "../../src/profiles/istio-1.30/stats.ts";

describe("statistics of 1.30 (contract 1.30 §7.8)", () => {
  const stats = (annotations: Record<string, string>, config = {}) =>
    statsOf(
      config,
      new Map(Object.entries(annotations).map(([name, value]) => [`sidecar.istio.io/${name}`, value])),
      ["10.0.0.1", "10.0.0.2"],
      { countsConnections: false, evictionInterval: wholeSeconds },
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
