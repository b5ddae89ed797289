import type { Notice } from "../common/notice.ts";
import { formatIp, parseIp, unmap } from "../go/ip.ts";
import type { Environment } from "../inputs/environment.ts";
import type { Node } from "./node.ts";

type Identity = Pick<Node, "id" | "cluster" | "addresses">;

/**
 * Returns warnings of an identity that nobody can have meant: no address in INSTANCE_IP, no pod name or namespace, an expression that
 * nothing has expanded. Each says what became of it, and what to set.
 */
export function oddIdentity(environment: Environment, node: Identity, isAddressGiven: boolean): readonly Notice[] {
  const said: string[] = [];
  const instance = environment.get("INSTANCE_IP");
  if (instance !== undefined && !isAddressGiven && instance !== node.addresses[0] && !isFirst(instance, node))
    said.push(
      `INSTANCE_IP is not an IP address: current value is ${JSON.stringify(instance)}; using ${node.addresses[0]} instead: set INSTANCE_IP from status.podIP`,
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
  return said.map((text) => ({ level: "warn", text }));
}

/** Whether a node's first address is that of a text, in whatever form. */
function isFirst(text: string, { addresses: [first] }: Identity): boolean {
  const ip = parseIp(text);
  return ip !== undefined && (formatIp(ip) === first || formatIp(unmap(ip)) === first);
}

const FIELDS: Readonly<Record<string, string>> = { POD_NAME: "metadata.name", POD_NAMESPACE: "metadata.namespace" };
