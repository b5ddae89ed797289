/** A namespace of the kernel, as `unshare` names it. */
type Namespace = "--net" | "--mount";

/**
 * Returns arguments before a command that runs it in namespaces of its own, after a script of sh. Without the rights of root they come from a
 * namespace of users.
 */
export function isolated(namespaces: readonly Namespace[], script: string): readonly string[] {
  return ["unshare", ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]), ...namespaces, "sh", "-c", script, "sh"];
}
