/**
 * The inode of an Envoy's domain socket of a number (base-id × 10 + epoch mod 3) in the text of /proc/net/unix, where the
 * name is filled up with zero bytes that show as @ (contract envoy §6).
 */
export function domainSocketInode(table: string, number: number): string | undefined {
  for (const line of table.split("\n")) {
    const [, , , , , , inode, name = ""] = line.trim().split(/\s+/);
    const [, found] = /^@envoy_domain_socket_(?:udp_)?(?:parent|child)_(\d+)@*$/.exec(name) ?? [];
    if (found !== undefined && Number(found) === number) return inode;
  }
  return undefined;
}
