import type { Config } from "./contract.ts";

type Labels = Readonly<Record<string, string>>;
const CANONICAL = ["service.istio.io/canonical-name", "app.kubernetes.io/name", "app"];
const DEFAULT = "istio-proxy";

/** Where the name of a cluster may come from. */
export interface NameSources {
  readonly labels: Labels;
  /** The labels of which the first one is used. */
  readonly from: readonly string[];
  readonly workload: string;
  readonly namespace: string;
}

/** Returns the node's cluster: configured, or derived from labels, workload and namespace (contract 1.30 §7.2). */
export function clusterName(config: Config, sources: NameSources): string {
  const { labels, workload, namespace } = sources;
  const orDefault = (name: string) => (name === "" || name === DEFAULT ? derived(sources) : name);
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

function derived({ labels, from, workload, namespace }: NameSources): string {
  const app = firstOf(labels, from);
  if (app !== undefined) return `${app}.${namespace}`;
  if (workload !== "") return `${workload}.${namespace}`;
  return namespace === "" ? DEFAULT : `${DEFAULT}.${namespace}`;
}

function firstOf(labels: Labels, names: readonly string[]): string | undefined {
  const found = names.find((name) => Object.hasOwn(labels, name));
  return found === undefined ? undefined : labels[found];
}
