/** A loopback and, where the kernel has such devices, one address as pods have it, with no way out. */
const NETWORK = [
  "ip link set lo up",
  "ip link add eth0 type veth peer name outside 2>/dev/null && ip link set outside addrgenmode none up && ip addr add 10.244.1.7/32 dev eth0 && ip link set eth0 up",
  'exec "$@"',
].join("; ");

/** Words in front of a command that is to run in a network of its own; the process stays the same. */
export const IN_OWN_NETWORK: readonly string[] = [
  "/usr/bin/env",
  "unshare",
  ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]),
  "--net",
  "sh",
  "-c",
  NETWORK,
  "sh",
];
