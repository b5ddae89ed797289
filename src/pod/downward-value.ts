import { quote } from "../go/literal.ts";
import { containersOf, type ProxyPod } from "./choose-proxy.ts";
import { inUnitsOf, parseQuantity } from "./quantity.ts";
import { type Mapping, mappingsAt, textAt, textMembersAt } from "./shapes.ts";
import { STAND_IN_ADDRESS, standInText } from "./unknown.ts";

/** A value of the Downward API: its text, or where it would come from. */
export type Resolved =
  | { readonly kind: "known"; readonly text: string }
  /** `standIn`: absent for a number, which nothing can stand in for. */
  | { readonly kind: "unknown"; readonly origin: string; readonly standIn?: string };

/** Returns a value that the file has. */
export function known(text: string): Resolved {
  return { kind: "known", text };
}

/** Returns a value that the file does not have, represented by its origin. */
export function unknown(origin: string): Resolved {
  return { kind: "unknown", origin, standIn: standInText(origin) };
}

const ADDRESSES: readonly string[] = ["status.podIP", "status.podIPs", "status.hostIP", "status.hostIPs"];

/** Returns the value of a field of the pod, as the kubelet resolves a fieldRef. */
export function fieldValue({ pod, object, isTemplate }: ProxyPod, path: string): Resolved {
  const member = /^metadata\.(labels|annotations)\['([^']+)'\]$/.exec(path);
  if (member !== null) {
    const [, map = "", key = ""] = member;
    const text = textAt(pod, "metadata", map, key);
    return text === undefined && isTemplate ? unknown(path) : known(text ?? "");
  }
  if (path === "metadata.labels" || path === "metadata.annotations") return known(downwardFile(pod, path));
  if (path === "metadata.namespace") return orUnknown(textAt(pod, "metadata", "namespace") ?? object.namespace, path);
  // Kubernetes sets the service account that a manifest leaves out.
  if (path === "spec.serviceAccountName") return known(textAt(pod, "spec", "serviceAccountName") || "default");
  if (path === "status.podIPs" || path === "status.hostIPs") return addresses(pod, path);
  const text = textAt(pod, ...path.split("."));
  if (text === undefined && ADDRESSES.includes(path)) return unknownAddress(path);
  return orUnknown(text, path);
}

/** An annotation of the kubelet, which the API server does not have: when it got the pod. */
export const CONFIG_SEEN = { name: "kubernetes.io/config.seen", origin: "the time at which the kubelet got the pod" } as const;

/** Returns a file of the Downward API with all labels or annotations, as the kubelet writes it. */
export function downwardFile(pod: Mapping, path: "metadata.labels" | "metadata.annotations"): string {
  const own = textMembersAt(pod, ...path.split("."));
  const added = path === "metadata.annotations" && pod["status"] !== undefined ? ADDED : [];
  const all = [...added.filter(([key]) => own.every(([each]) => each !== key)), ...own];
  const members = all.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return members.map(([key, value]) => `${key}=${quote(value)}`).join("\n");
}

/** Returns a request or limit of a container, as the kubelet resolves a resourceFieldRef. */
export function resourceValue({ pod, container }: ProxyPod, reference: Mapping): Resolved {
  const name = textAt(reference, "containerName");
  const owner = name === undefined ? container : containersOf(pod).find((each) => textAt(each, "name") === name);
  const resource = textAt(reference, "resource") ?? "";
  const at = resource.indexOf(".");
  const [kind, of] = [resource.slice(0, at), resource.slice(at + 1)];
  if (owner === undefined) return { kind: "unknown", origin: `${resource} of container ${name}, which the pod does not have` };
  const limit = textAt(owner, "resources", "limits", of);
  // Kubernetes sets a request that is left out to the limit.
  const amount = kind === "requests" ? (textAt(owner, "resources", "requests", of) ?? limit ?? "0") : limit;
  if (amount === undefined) return { kind: "unknown", origin: `the node's allocatable ${of}, as there is no limit` };
  const divisor = textAt(reference, "divisor") ?? "1";
  const quantity = parseQuantity(amount);
  const unit = parseQuantity(divisor === "0" ? "1" : divisor);
  if (quantity === undefined || unit === undefined || unit <= 0n)
    return { kind: "unknown", origin: `${resource}, which is not a quantity` };
  return known(inUnitsOf(quantity, unit));
}

/** The annotations that the kubelet adds to a pod that it gets from the API server. */
const ADDED: readonly (readonly [string, string])[] = [
  [CONFIG_SEEN.name, standInText(CONFIG_SEEN.origin)],
  ["kubernetes.io/config.source", "api"],
];

function addresses(pod: Mapping, path: string): Resolved {
  const [status = "", list = ""] = path.split(".");
  const found = mappingsAt(pod, status, list).flatMap((each) => textAt(each, "ip") ?? []);
  if (found.length > 0) return known(found.join(","));
  const single = textAt(pod, status, list.slice(0, -1));
  return single === undefined ? unknownAddress(path) : known(single);
}

function unknownAddress(path: string): Resolved {
  return { kind: "unknown", origin: path, standIn: path.startsWith("status.host") ? STAND_IN_ADDRESS.host : STAND_IN_ADDRESS.pod };
}

function orUnknown(text: string | undefined, path: string): Resolved {
  return text === undefined || text === "" ? unknown(path) : known(text);
}
