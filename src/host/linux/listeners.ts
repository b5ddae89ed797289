import { FAMILIES, listenersRequest, parseListeners } from "../../linux/socket-diag.ts";
import { type ListeningSocket, listeningSockets } from "../../linux/socket-tables.ts";
import { tryReadText } from "../files/read-file.ts";
import { libc } from "./libc.ts";
import { PROTOCOL, requestList, withNetlink } from "./netlink.ts";

/**
 * Returns every listening TCP socket of this network namespace. The files of /proc have all connections too, and reading them visits the
 * whole hash table of the machine: 11 ms even if it is almost empty. So they are read only if the request over netlink fails.
 */
export function listeners(): readonly ListeningSocket[] {
  return netlinkListeners() ?? listenersInFiles();
}

/** Returns the listening sockets that /proc/net/tcp and tcp6 have. */
export function listenersInFiles(): readonly ListeningSocket[] {
  return ["tcp", "tcp6"].flatMap((name) => listeningSockets(tryReadText(`/proc/net/${name}`) ?? ""));
}

/** Requests the listening sockets over netlink; undefined when that fails, for example in a sandbox. */
export function netlinkListeners(): readonly ListeningSocket[] | undefined {
  return withNetlink(libc(), PROTOCOL.socketDiagnosis, (socket) => {
    const found: ListeningSocket[] = [];
    for (const family of FAMILIES) {
      const sockets = requestList(socket, listenersRequest(family), parseListeners);
      if (sockets === undefined) return undefined;
      found.push(...sockets);
    }
    return found;
  });
}
