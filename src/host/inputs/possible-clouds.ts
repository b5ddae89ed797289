import type { Inputs } from "../../inputs/inputs.ts";
import type { CloudQuery } from "../../inputs/questions.ts";
import { hasRoute, hasRouteV6 } from "../../linux/routes.ts";
import { possibleClouds as possible } from "../../node/possible-clouds.ts";
import { tryReadText } from "../files/read-file.ts";

/** Address of the metadata services of all clouds. */
export const METADATA_ADDRESS = "169.254.169.254";
/** The same address as the routing table shows it: little-endian. */
const METADATA_NUMBER = 0xfea9fea9;
/** Amazon's IPv6 address as the routing table shows it: `fd00:ec2::254`. */
const METADATA_V6 = "fd000ec2000000000000000000000254";

/**
 * Returns the clouds that this machine may run in: those that neither its firmware nor its routing table rules out. Separate from
 * `cloud.ts`, which uses the network, so that a machine outside every cloud does not load that.
 */
export function possibleClouds(queries: readonly CloudQuery[], ipv6: boolean, inputs: Inputs): readonly CloudQuery[] {
  return possible(queries, {
    firmware: (name) => tryReadText(`/sys/class/dmi/id/${name}`)?.trim(),
    hypervisor: () => tryReadText("/sys/hypervisor/uuid"),
    isReachable: (cloud) => isReachable(inputs, cloud === "aws" && ipv6),
    isGceHostSet: gceHost(inputs) !== undefined,
  });
}

/** Returns host and port of the GCE metadata server from GCE_METADATA_HOST. */
export function gceHost({ environment }: Inputs): string | undefined {
  return environment.get("GCE_METADATA_HOST") || undefined;
}

/** Returns whether the metadata address is reachable: an address of this machine, or covered by a route. */
export function isReachable(inputs: Inputs, ipv6 = false): boolean {
  if (ipv6) return hasRouteV6(tryReadText("/proc/net/ipv6_route") ?? "", METADATA_V6);
  if (inputs.interfaces.some(({ address }) => address === METADATA_ADDRESS)) return true;
  const routes = tryReadText("/proc/net/route");
  return routes === undefined || hasRoute(routes, METADATA_NUMBER);
}
