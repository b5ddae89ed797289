import { FAMILIES, listenersRequest, parseListeners } from "../../linux/socket-diag.ts";
import { type ListeningSocket, listeningSockets } from "../../linux/socket-tables.ts";
import { tryReadText } from "../files/read-file.ts";
import { libc } from "./libc.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_SOCK_DIAG = 4;
const MSG_DONTWAIT = 0x40;
/** Bytes of the buffer for a message of the kernel, which makes its messages fit. */
const SPACE = 32_768;

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
  const { close, socket } = libc();
  const descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  if (descriptor < 0) return undefined;
  try {
    const found: ListeningSocket[] = [];
    for (const family of FAMILIES) {
      const sockets = listenersOf(descriptor, listenersRequest(family));
      if (sockets === undefined) return undefined;
      found.push(...sockets);
    }
    return found;
  } finally {
    close(descriptor);
  }
}

function listenersOf(descriptor: number, request: Uint8Array): readonly ListeningSocket[] | undefined {
  const { recv, sendto } = libc();
  // A message without an address goes to the kernel.
  if (sendto(descriptor, request, request.length, MSG_DONTWAIT, null, 0) !== request.length) return undefined;
  const found: ListeningSocket[] = [];
  const space = new Uint8Array(SPACE);
  for (;;) {
    const count = recv(descriptor, space, space.length, MSG_DONTWAIT);
    const part = count > 0 ? parseListeners(space.subarray(0, count)) : undefined;
    if (part === undefined) return undefined;
    found.push(...part.sockets);
    if (part.isLast) return found;
  }
}
