import { dumpRequest, type NetworkEntry, parseDump } from "../../linux/network-dump.ts";
import { startLibc } from "../linux/start-libc.ts";
import { trafficLibc } from "./traffic-libc.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
const MSG_DONTWAIT = 0x40;
/** Bytes of the buffer for a message of the kernel, which makes its messages fit. */
const SPACE = 32_768;

/** Reports whether the kernel has a rule or a route; undefined when it cannot be found out. */
export function hasEntry(wanted: NetworkEntry): boolean | undefined {
  if (startLibc === undefined) return undefined;
  const libc = trafficLibc();
  const descriptor = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) return undefined;
  try {
    const request = dumpRequest(wanted.kind, wanted.family);
    if (libc.sendto(descriptor, request, request.length, 0, null, 0) !== request.length) return undefined;
    const space = new Uint8Array(SPACE);
    for (let isFound = false; ; ) {
      const count = libc.recv(descriptor, space, space.length, MSG_DONTWAIT);
      const part = count > 0 ? parseDump(space.subarray(0, count), wanted.family) : undefined;
      if (part === undefined) return undefined;
      isFound ||= part.entries.some((entry) => isSame(entry, wanted));
      if (part.isLast) return isFound;
    }
  } finally {
    libc.close(descriptor);
  }
}

function isSame(entry: NetworkEntry, wanted: NetworkEntry): boolean {
  return (
    entry.kind === wanted.kind &&
    entry.table === wanted.table &&
    (entry.kind === "route" || wanted.kind === "route" || entry.mark === wanted.mark)
  );
}
