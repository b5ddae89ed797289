import { ConfigError } from "../../common/errors.ts";
import { type Mapping, mappingsAt, textAt, textMembersAt, textsAt } from "../../pod/shapes.ts";

/** Returns the selector of the pods of a workload, as kubectl reads it; undefined if it has none. */
export function selectorOf(workload: Mapping): string | undefined {
  const labels = textMembersAt(workload, "spec", "selector", "matchLabels").map(([key, value]) => `${key}=${value}`);
  const expressions = mappingsAt(workload, "spec", "selector", "matchExpressions").flatMap(requirementOf);
  const all = [...labels, ...expressions];
  return all.length === 0 ? undefined : all.join(",");
}

function requirementOf(expression: Mapping): readonly string[] {
  const key = textAt(expression, "key") ?? "";
  const values = textsAt(expression, "values").join(",");
  switch (textAt(expression, "operator")) {
    case "In":
      return [`${key} in (${values})`];
    case "NotIn":
      return [`${key} notin (${values})`];
    case "Exists":
      return [key];
    case "DoesNotExist":
      return [`!${key}`];
    default:
      return [];
  }
}

/** Returns the newest pod of a workload that is ready. @throws ConfigError if none is; it names those that are not */
export function newestReadyPod(workload: Mapping, pods: readonly Mapping[], name: string): Mapping {
  const own = pods.filter((pod) => isOwned(pod, workload));
  const ready = own.filter(isReady).sort((a, b) => createdAt(b) - createdAt(a));
  const [newest] = ready;
  if (newest !== undefined) return newest;
  const states = own.map((pod) => `${textAt(pod, "metadata", "name") ?? ""} (${stateOf(pod)})`);
  throw new ConfigError(`Cannot find the proxy of ${name}`, [
    states.length === 0 ? "it has no pod" : `none of its pods is ready; name one of them: ${states.join(", ")}`,
  ]);
}

/** Reports whether a workload may have made a pod: a deployment makes them by way of a replica set. */
function isOwned(pod: Mapping, workload: Mapping): boolean {
  const owner = mappingsAt(pod, "metadata", "ownerReferences").find((each) => textAt(each, "controller") === "true");
  const kind = textAt(workload, "kind");
  if (kind === "Deployment") return textAt(owner, "kind") === "ReplicaSet";
  return textAt(owner, "uid") === textAt(workload, "metadata", "uid");
}

function isReady(pod: Mapping): boolean {
  const condition = mappingsAt(pod, "status", "conditions").find((each) => textAt(each, "type") === "Ready");
  return textAt(condition, "status") === "True" && !isEnding(pod);
}

function isEnding(pod: Mapping): boolean {
  return textAt(pod, "metadata", "deletionTimestamp") !== undefined;
}

function stateOf(pod: Mapping): string {
  if (isEnding(pod)) return "Terminating";
  const phase = textAt(pod, "status", "phase") ?? "Unknown";
  return phase === "Running" ? "not ready" : phase;
}

function createdAt(pod: Mapping): number {
  return Date.parse(textAt(pod, "metadata", "creationTimestamp") ?? "") || 0;
}
