import { constants } from "node:os";
import { answeredError, changeRequest, type NetworkChange } from "../../linux/network-change.ts";
import { lastErrno } from "../linux/start-libc.ts";
import { trafficLibc } from "./traffic-libc.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const NETLINK_ROUTE = 0;
const SPACE = 4_096;

/** Changes addresses, rules or routes over netlink, so that no program is needed. Returns the name of the error, such as EEXIST. */
export function changeNetwork(change: NetworkChange): string | undefined {
  const libc = trafficLibc();
  const descriptor = libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (descriptor < 0) return errorName(lastErrno(libc));
  try {
    const request = changeRequest(change);
    // A message without an address goes to the kernel, which has answered when the call returns.
    if (libc.sendto(descriptor, request, request.length, 0, null, 0) !== request.length) return errorName(lastErrno(libc));
    const space = new Uint8Array(SPACE);
    const count = libc.recv(descriptor, space, space.length, 0);
    if (count < 0) return errorName(lastErrno(libc));
    const error = answeredError(space.subarray(0, count));
    return error === undefined ? "EPROTO" : error === 0 ? undefined : errorName(error);
  } finally {
    libc.close(descriptor);
  }
}

/** Returns the name of an error number. */
export function errorName(number: number): string {
  return Object.entries(constants.errno).find(([, each]) => each === number)?.[0] ?? `errno ${number}`;
}
