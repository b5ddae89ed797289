import { connectionShare, LEAST_CONNECTIONS } from "../../linux/connection-share.ts";
import { tryReadText } from "../files/read-file.ts";

let ownShare: number | undefined;

/** Returns `connectionShare` of this process; its limit is that of the start, which the runtime has raised. */
function shareOfProcess(): number {
  ownShare ??= connectionShare(tryReadText("/proc/self/limits") ?? "");
  return ownShare;
}

/** Returns whether a listener has as many connections as it may have: its limit, or its shares of the descriptors. */
export function isFull(connections: number, most: number, shares: 1 | 2, share: () => number = shareOfProcess): boolean {
  if (connections >= most) return true;
  return connections >= LEAST_CONNECTIONS && connections >= shares * share();
}
