import { describe, expect, test } from "bun:test";
import { clusterName } from "../../src/profiles/istio-1.30/cluster-name.ts";
import type { Config } from "../../src/profiles/istio-1.30/contract.ts";
import { RULES } from "../../src/profiles/istio-1.30/rules.ts";
import { rulesOf } from "../../src/profiles/rules.ts";

const { clusterLabels: from } = rulesOf(RULES);

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
    expect(clusterName({ serviceCluster }, { labels, from, workload, namespace })).toBe(expected);
  });
  test.each<[NonNullable<Config["tracingServiceName"]>, Record<string, string>, string, string]>([
    ["CANONICAL_NAME_ONLY", { app: "a" }, "ns", "a"],
    ["CANONICAL_NAME_AND_NAMESPACE", { app: "a" }, "ns", "a.ns"],
    ["CANONICAL_NAME_AND_NAMESPACE", { app: "a" }, "", "a"],
    ["APP_LABEL_AND_NAMESPACE", { app: "a" }, "ns", "a.ns"],
  ])("%s of %p in %p: %s", (tracingServiceName, labels, namespace, expected) => {
    expect(clusterName({ tracingServiceName }, { labels, from, workload: "", namespace })).toBe(expected);
  });
});
