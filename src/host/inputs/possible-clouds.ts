import type { Inputs } from "../../inputs/inputs.ts";
import type { CloudQuery } from "../../inputs/questions.ts";
import { hasRoute, hasRouteV6 } from "../../linux/routes.ts";
import { possibleClouds as possible } from "../../node/possible-clouds.ts";
import { tryReadText } from "../files/read-file.ts";

/** Where the metadata services of all clouds listen. */
export const METADATA_ADDRESS = "169.254.169.254";
/** The same as the routing table has it: little-endian. */
const METADATA_NUMBER = 0xfea9fea9;
/** Amazon's on IPv6, as the routing table has it: `fd00:ec2::254`. */
const METADATA_V6 = "fd000ec2000000000000000000000254";

/**
 * Those of the clouds that this machine may be in: neither its vendor nor the routing table rules an answer out. Apart from
 * `cloud.ts`, which asks the network, so that a machine in no cloud need not load that.
 */
export function possibleClouds(queries: readonly CloudQuery[], ipv6: boolean, inputs: Inputs): readonly CloudQuery[] {
  return possible(queries, {
    firmware: (name) => tryReadText(`/sys/class/dmi/id/${name}`)?.trim(),
    hypervisor: () => tryReadText("/sys/hypervisor/uuid"),
    isReachable: (cloud) => isReachable(inputs, cloud === "aws" && ipv6),
    isGceHostSet: gceHost(inputs) !== undefined,
  });
}

/** Host and port of the GCE metadata server, where a setting names them. */
export function gceHost({ environment }: Inputs): string | undefined {
  return environment.get("GCE_METADATA_HOST") || undefined;
}

/** Whether packets to the metadata address have anywhere to go: an own address, or a route. */
export function isReachable(inputs: Inputs, ipv6 = false): boolean {
  if (ipv6) return hasRouteV6(tryReadText("/proc/net/ipv6_route") ?? "", METADATA_V6);
  if (inputs.interfaces.some(({ address }) => address === METADATA_ADDRESS)) return true;
  const routes = tryReadText("/proc/net/route");
  return routes === undefined || hasRoute(routes, METADATA_NUMBER);
}
