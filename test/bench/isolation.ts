import { isolated } from "../support/isolated.ts";

/** A loopback device and, if the kernel supports it, one address as in a pod, without a route to the outside. */
const NETWORK = [
  "ip link set lo up",
  "ip link add eth0 type veth peer name outside 2>/dev/null && ip link set outside addrgenmode none up && ip addr add 10.244.1.7/32 dev eth0 && ip link set eth0 up",
  'exec "$@"',
].join("; ");

/** Arguments before a command to run it in a new network namespace, in the same process. */
export const IN_OWN_NETWORK: readonly string[] = ["/usr/bin/env", ...isolated(["--net"], NETWORK)];
