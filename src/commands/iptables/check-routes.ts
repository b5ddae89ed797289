import type { NetworkChange } from "../../linux/network-change.ts";
import type { TrafficHost } from "./traffic-host.ts";

/** Returns which addresses, rules and routes are missing, in words. */
export function checkRoutes(changes: readonly NetworkChange[], host: Pick<TrafficHost, "addresses" | "hasEntry">): readonly string[] {
  return changes
    .filter((change) => (change.kind === "address" ? !host.addresses().includes(change.address) : host.hasEntry(change) === false))
    .map(missingText);
}

function missingText(change: NetworkChange): string {
  switch (change.kind) {
    case "address":
      return `the address ${change.address}/${change.bits} of lo is missing`;
    case "rule":
      return `IPv${change.family}: the rule that routes the mark ${change.mark} by table ${change.table} is missing`;
    case "route":
      return `IPv${change.family}: the route local default dev lo of table ${change.table} is missing`;
  }
}
