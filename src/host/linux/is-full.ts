import { connectionShare, LEAST_CONNECTIONS } from "../../linux/connection-share.ts";
import { tryReadText } from "../files/read-file.ts";

let ownShare: number | undefined;

/** Returns `connectionShare` of this process; its limit is that of the start, which the runtime has raised. */
function shareOfProcess(): number {
  ownShare ??= connectionShare(tryReadText("/proc/self/limits") ?? "");
  return ownShare;
}

/** What the connections of a listener may take. */
export interface ConnectionLimits {
  /** How many there may be. */
  readonly most: number;
  /** How many quarters of the descriptors for connections they may have. */
  readonly shares: 1 | 2;
  /** Descriptors that each may take: its own, and those of the connections that are opened for it. */
  readonly descriptors: 1 | 2 | 3;
}

/** Returns whether a listener has as many connections as it may have: its limit, or what its share of the descriptors is enough for. */
export function isFull(
  connections: number,
  { most, shares, descriptors }: ConnectionLimits,
  share: () => number = shareOfProcess,
): boolean {
  if (connections >= most) return true;
  return connections >= LEAST_CONNECTIONS && connections * descriptors >= shares * share();
}
