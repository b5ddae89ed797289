import type { Config } from "./contract.ts";

type Labels = Readonly<Record<string, string>>;
const CANONICAL = ["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"];
const APP = ["app", "app.kubernetes.io/name", "service.istio.io/canonical-name"];
const DEFAULT = "istio-proxy";

/** Returns the node's cluster: configured, or derived from labels, workload and namespace (contract 1.30 §7.2). */
export function clusterName(config: Config, labels: Labels, workload: string, namespace: string): string {
  const orDefault = (name: string) => (name === "" || name === DEFAULT ? derived(labels, workload, namespace) : name);
  const canonical = firstOf(labels, CANONICAL) ?? (workload || DEFAULT);
  switch (config.tracingServiceName) {
    case "CANONICAL_NAME_ONLY":
      return orDefault(canonical);
    case "CANONICAL_NAME_AND_NAMESPACE":
      return namespace === "" ? orDefault(canonical) : `${canonical}.${namespace}`;
    default:
      return orDefault(config.serviceCluster ?? "");
  }
}

function derived(labels: Labels, workload: string, namespace: string): string {
  const app = firstOf(labels, APP);
  if (app !== undefined) return `${app}.${namespace}`;
  if (workload !== "") return `${workload}.${namespace}`;
  return namespace === "" ? DEFAULT : `${DEFAULT}.${namespace}`;
}

function firstOf(labels: Labels, names: readonly string[]): string | undefined {
  const found = names.find((name) => Object.hasOwn(labels, name));
  return found === undefined ? undefined : labels[found];
}
