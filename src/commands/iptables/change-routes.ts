import type { Log } from "../../common/notice.ts";
import type { CaptureConfig } from "../../iptables/capture-config.ts";
import { addressChanges, routeChanges } from "../../iptables/network-changes.ts";
import type { NetworkChange } from "../../linux/network-change.ts";
import type { TrafficHost } from "./traffic-host.ts";

/** Adds addresses, rules and routes (contract 1.30 §14.5). Returns why that failed, if it did. */
export function changeRoutes(config: CaptureConfig, host: Pick<TrafficHost, "changeNetwork">, log: Log): string | undefined {
  if (config.dryRun) {
    log("info", "skipping configuring routes due to dry run mode");
    return undefined;
  }
  for (const change of addressChanges(config)) {
    const error = host.changeNetwork(change);
    if (error !== undefined && error !== "EEXIST") return `failed to configure routes: failed to add IPv6 inbound address: ${error}`;
    log("info", "Added ::6 address on the loopback iface");
  }
  const changes = routeChanges(config);
  if (!changes.ok) return `failed to configure routes: ${changes.error}`;
  for (const change of changes.value) {
    const error = host.changeNetwork(change);
    if (error !== undefined && !(error === "EEXIST" && change.kind === "route"))
      return `failed to configure routes: ${shown(change)}: ${error}`;
  }
  return undefined;
}

function shown(change: NetworkChange): string {
  return change.kind === "rule" ? "failed to configure netlink rule" : "failed to add route";
}
