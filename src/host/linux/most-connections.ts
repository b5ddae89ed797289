import { connectionShare } from "../../linux/open-files.ts";
import { tryReadText } from "../files/read-file.ts";

/** Connections that leave enough descriptors for anything else, whatever their limit is. */
const FEW = 8;

let share: number | undefined;

/** Returns whether a listener has as many connections as it may have: its limit, or its shares of the descriptors of this process. */
export function isFull(connections: number, most: number, shares = 1): boolean {
  if (connections >= most) return true;
  if (connections < FEW) return false;
  share ??= connectionShare(tryReadText("/proc/self/limits") ?? "");
  return connections >= shares * share;
}
