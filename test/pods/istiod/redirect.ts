import type { Network } from "../../mesh/lab/pod.ts";
import { must } from "../network.ts";

/** Ports that the traffic of a pod goes through, and those that are Istio's own. */
const [OUTBOUND, INBOUND, OWN] = ["15001", "15006", ["15008", "15020", "15021", "15090"]] as const;
/** The group of agent and Envoy. */
const PROXY = "1337";

/** Redirects what a pod sends and receives to its sidecar, as the injector's init container does. */
export async function redirect({ enter }: Pick<Network, "enter">): Promise<void> {
  const rule = (chain: string, ...match: readonly string[]) => must(...enter, "iptables", "-t", "nat", "-A", chain, "-p", "tcp", ...match);
  for (const port of OWN) await rule("PREROUTING", "--dport", port, "-j", "RETURN");
  await rule("PREROUTING", "-j", "REDIRECT", "--to-ports", INBOUND);
  await rule("OUTPUT", "-m", "owner", "--gid-owner", PROXY, "-j", "RETURN");
  await rule("OUTPUT", "-d", "127.0.0.0/8", "-j", "RETURN");
  await rule("OUTPUT", "-j", "REDIRECT", "--to-ports", OUTBOUND);
}
