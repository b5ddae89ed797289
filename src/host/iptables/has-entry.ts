import { dumpRequest, type NetworkEntry, parseDump } from "../../linux/network-dump.ts";
import { PROTOCOL, requestList, withNetlink } from "../linux/netlink.ts";
import { startLibc } from "../linux/start-libc.ts";
import { trafficLibc } from "./traffic-libc.ts";

/** Reports whether the kernel has a rule or a route; undefined when it cannot be found out. */
export function hasEntry(wanted: NetworkEntry): boolean | undefined {
  if (startLibc === undefined) return undefined;
  const { kind, family } = wanted;
  const entries = withNetlink(trafficLibc(), PROTOCOL.route, (socket) =>
    requestList(socket, dumpRequest(kind, family), (bytes) => parseDump(bytes, family)),
  );
  return entries?.some((entry) => isSame(entry, wanted));
}

function isSame(entry: NetworkEntry, wanted: NetworkEntry): boolean {
  return (
    entry.kind === wanted.kind &&
    entry.table === wanted.table &&
    (entry.kind === "route" || wanted.kind === "route" || entry.mark === wanted.mark)
  );
}
