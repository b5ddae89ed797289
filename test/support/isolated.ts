/** A namespace of the kernel, as `unshare` names it. */
type Namespace = "--net" | "--mount";

/**
 * Returns arguments before a command that runs it in namespaces of its own, after a script of sh. Without the rights of root they come from a
 * namespace of users.
 */
export function isolated(namespaces: readonly Namespace[], script: string): readonly string[] {
  return ["unshare", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]), ...namespaces, "sh", "-c", script, "sh"];
}

/** Returns arguments before a command that runs it in a network of its own, with these lines as its file of host names. `/mnt` is empty there. */
export function withHosts(...lines: readonly string[]): readonly string[] {
  const steps = [
    "ip link set lo up",
    "mount -t tmpfs none /mnt",
    `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(" ")} >/mnt/hosts`,
    "mount --bind /mnt/hosts /etc/hosts",
    'exec "$@"',
  ];
  return isolated(["--net", "--mount"], steps.join(" && "));
}
