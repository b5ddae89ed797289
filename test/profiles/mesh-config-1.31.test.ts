import { describe, expect, test } from "bun:test";
import { RULES as RULES_1_30 } from "../../src/profiles/istio-1.30/rules.ts";
import { RULES as RULES_1_31 } from "../../src/profiles/istio-1.31/profile.ts";
import { rulesOf } from "../../src/profiles/rules.ts";

const LAYER = { origin: "mesh config", text: "" };
const [older, newer] = [rulesOf(RULES_1_30), rulesOf(RULES_1_31)];
const problems = (document: unknown) => newer.meshProblems(document, LAYER, newer.proxyConfig).problems;
const pool = (connectionPool: unknown) => problems({ defaultTrafficPolicy: { connectionPool } });
const outlier = (outlierDetection: unknown) => problems({ defaultTrafficPolicy: { outlierDetection } });
const zones = (zoneAwareLbSetting: unknown) => problems({ zoneAwareLbSetting });

describe("the mesh config of 1.31 (contract 1.31 §7)", () => {
  test.each<[string, readonly string[], string | undefined]>([
    ["no pool", pool(null), undefined],
    ["an empty pool", pool({}), "at least one field"],
    ["http without anything", pool({ http: {} }), undefined],
    ...["http1MaxPendingRequests", "http2MaxRequests", "maxRequestsPerConnection", "maxRetries", "maxConcurrentStreams"].map(
      (name) => [name, pool({ http: { [name]: -1 } }), `${name} must not be negative`] as [string, readonly string[], string],
    ),
    ["an idle timeout below a millisecond", pool({ http: { idleTimeout: "0.0005s" } }), "invalid idleTimeout"],
    ["an idle timeout of no whole milliseconds", pool({ http: { idleTimeout: "1.0005s" } }), "only durations to ms precision"],
    ["an idle timeout of 0", pool({ http: { idleTimeout: "0s" } }), "invalid idleTimeout"],
    ["an upgrade with the client's protocol", pool({ http: { h2UpgradePolicy: "UPGRADE", useClientProtocol: true } }), "useClientProtocol"],
    ["another policy with it", pool({ http: { h2UpgradePolicy: "DEFAULT", useClientProtocol: true } }), undefined],
    ["connections", pool({ tcp: { maxConnections: -1 } }), "maxConnections must not be negative"],
    ["a connect timeout", pool({ tcp: { connectTimeout: "0s" } }), "invalid connectTimeout"],
    ["a duration of connections", pool({ tcp: { maxConnectionDuration: "-1s" } }), "invalid maxConnectionDuration"],
    ["a time of keepalives", pool({ tcp: { tcpKeepalive: { time: "0.0001s" } } }), "invalid tcpKeepalive.time"],
    ["an interval of keepalives", pool({ tcp: { tcpKeepalive: { interval: "0s" } } }), "invalid tcpKeepalive.interval"],
    ["an idle timeout of TCP of 0", pool({ tcp: { idleTimeout: "0s" } }), undefined],
    ["one below a millisecond", pool({ tcp: { idleTimeout: "0.0005s" } }), undefined],
    ["one of no whole milliseconds", pool({ tcp: { idleTimeout: "1.0005s" } }), "invalid idleTimeout"],
    ["an ejection time", outlier({ baseEjectionTime: "0s" }), "invalid baseEjectionTime"],
    ["an interval", outlier({ interval: "0.0001s" }), "invalid interval"],
    ["local failures that are not split", outlier({ consecutiveLocalOriginFailures: 1 }), "splitExternalLocalOriginErrors"],
    ["split ones", outlier({ consecutiveLocalOriginFailures: 1, splitExternalLocalOriginErrors: true }), undefined],
    ["none", outlier({ consecutiveLocalOriginFailures: 0 }), undefined],
    ["a percentage above 100", outlier({ maxEjectionPercent: 101 }), "maxEjectionPercent must be a percentage"],
    ["a percentage below 0", outlier({ minHealthPercent: -1 }), "minHealthPercent must be a percentage"],
    ["percentages", outlier({ maxEjectionPercent: 100, minHealthPercent: 0 }), undefined],
    ["a label of a zone", zones({ failoverPriority: ["a", "topology.kubernetes.io/zone"] }), "failoverPriority must not contain"],
    ["other labels", zones({ failoverPriority: ["a"] }), undefined],
    ["a region to itself", zones({ failover: [{ from: "a", to: "a" }] }), "itself"],
    ["a zone", zones({ failover: [{ from: "a/b", to: "c" }] }), "region to region"],
    ["an asterisk", zones({ failover: [{ from: "a", to: "*" }] }), "region to region"],
    ["two regions", zones({ failover: [{ from: "a", to: "b" }], minClusterSize: 1 }), undefined],
    ["a visibility", problems({ serviceEntryVisibility: { defaultVisibility: "PUBLIC", policies: [{ visibility: "NONE" }] } }), undefined],
    ["another word", problems({ serviceEntryVisibility: { defaultVisibility: "ALL" } }), "defaultVisibility"],
  ])("%s", (_, found, problem) => {
    expect(found).toEqual(problem === undefined ? [] : [expect.stringContaining(problem)]);
  });

  test("its new fields are unknown in 1.30, and ignored", () => {
    const document = { zoneAwareLbSetting: { failover: [{ from: "a", to: "a" }] }, defaultTrafficPolicy: { connectionPool: {} } };
    const { problems: found, unknown } = older.meshProblems(document, LAYER, older.proxyConfig);
    expect([found, unknown.length]).toEqual([[], 2]);
  });
});
