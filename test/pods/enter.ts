/**
 * What a command is started with to run in namespaces of its own: its networks are its own, it reaches no address outside,
 * and everything in it ends with its first process.
 */
export const ENTER: readonly string[] = [
  ...["unshare", "--pid", "--fork", "--mount", "--mount-proc", "--net", "--kill-child=SIGKILL", "--"],
  // The first process of a namespace has to wait for those whose parents have gone.
  ...["bash", "-c", 'mount -t tmpfs tmpfs /run && ip link set lo up && export ATTACHE_PODS=1 && "$@"; exit $?', "bash"],
];

/** Programs that this needs; they are in the Debian packages iproute2, iptables and util-linux. */
export const TOOLS = ["ip", "iptables", "unshare", "setpriv"] as const;
