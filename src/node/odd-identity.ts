import { formatIp, parseIp, unmap } from "../go/ip.ts";
import type { Environment } from "../inputs/environment.ts";
import type { Node } from "./node.ts";

// Loaded only for an identity that looks odd.

/** Says what of a node's identity nobody can have meant, what became of it, and what to set. */
export function oddIdentity(environment: Environment, node: Node, isAddressGiven: boolean): readonly string[] {
  const said: string[] = [];
  const instance = environment.get("INSTANCE_IP");
  if (instance !== undefined && !isAddressGiven && !isFirst(instance, node))
    said.push(
      `INSTANCE_IP is not an IP address: current value is ${JSON.stringify(instance)}; the node's address is ${node.addresses[0]} instead: set INSTANCE_IP from status.podIP`,
    );
  const [, , name = ""] = node.id.split("~");
  const missing = [...(name.startsWith(".") ? ["POD_NAME"] : []), ...(name.endsWith(".") ? ["POD_NAMESPACE"] : [])].filter(
    (each) => (environment.get(each) ?? "") === "",
  );
  if (missing.length > 0)
    said.push(
      `Without ${missing.join(" and ")} the node id is "${node.id}", which a control plane cannot match to a pod: set ${missing.map((each) => `${each} from ${FIELDS[each]}`).join(" and ")}`,
    );
  const expression = /\$\([^)]*\)|\{\{.*?\}\}/.exec(`${node.id} ${node.cluster}`)?.[0];
  if (expression !== undefined)
    said.push(
      `The node id "${node.id}" or the cluster "${node.cluster}" contains ${expression}, which was not expanded; Kubernetes expands only variables defined earlier in the list`,
    );
  return said;
}

/** Whether a node's first address is that of a text, in whatever form. */
function isFirst(text: string, { addresses: [first] }: Node): boolean {
  const ip = parseIp(text);
  return ip !== undefined && (formatIp(ip) === first || formatIp(unmap(ip)) === first);
}

const FIELDS: Readonly<Record<string, string>> = { POD_NAME: "metadata.name", POD_NAMESPACE: "metadata.namespace" };
