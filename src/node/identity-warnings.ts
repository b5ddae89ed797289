import type { Notice } from "../common/notice.ts";
import { formatIp, parseIp, unmap } from "../go/ip.ts";
import type { Node } from "./node.ts";

/** The variables that the identity of a pod comes from; absent if they are not set. */
type PodVariable = "INSTANCE_IP" | "POD_NAME" | "POD_NAMESPACE";

type Identity = Pick<Node, "id" | "cluster" | "addresses">;

/**
 * Returns warnings about an identity that is probably a mistake: an invalid INSTANCE_IP, a missing pod name or namespace, or an unexpanded
 * expression. Each names the result and what to set.
 */
export function identityWarnings(
  textOf: (name: PodVariable) => string | undefined,
  node: Identity,
  isAddressGiven: boolean,
): readonly Notice[] {
  const warnings: string[] = [];
  const instance = textOf("INSTANCE_IP");
  if (instance !== undefined && !isAddressGiven && instance !== node.addresses[0] && !isFirst(instance, node))
    warnings.push(
      `INSTANCE_IP is not an IP address: current value is ${JSON.stringify(instance)}; using ${node.addresses[0]} instead: set INSTANCE_IP from status.podIP`,
    );
  const [, , name = ""] = node.id.split("~");
  const empty = [...(name.startsWith(".") ? (["POD_NAME"] as const) : []), ...(name.endsWith(".") ? (["POD_NAMESPACE"] as const) : [])];
  const missing = empty.filter((each) => (textOf(each) ?? "") === "");
  if (missing.length > 0)
    warnings.push(
      `Without ${missing.join(" and ")} the node id is "${node.id}", which a control plane cannot match to a pod: set ${missing.map((each) => `${each} from ${DOWNWARD_API_FIELDS[each]}`).join(" and ")}`,
    );
  const expression = /\$\([^)]*\)|\{\{.*?\}\}/.exec(`${node.id} ${node.cluster}`)?.[0];
  if (expression !== undefined)
    warnings.push(
      `The node id "${node.id}" or the cluster "${node.cluster}" contains ${expression}, which was not expanded; Kubernetes expands only variables defined earlier in the list`,
    );
  return warnings.map((text) => ({ level: "warn", text }));
}

/** Returns whether a text is the node's first address, in any notation. */
function isFirst(text: string, { addresses: [first] }: Identity): boolean {
  const ip = parseIp(text);
  return ip !== undefined && (formatIp(ip) === first || formatIp(unmap(ip)) === first);
}

const DOWNWARD_API_FIELDS = { POD_NAME: "metadata.name", POD_NAMESPACE: "metadata.namespace" } as const;
