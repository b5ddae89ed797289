import type { CaptureConfig } from "../../iptables/capture-config.ts";
import { networkChanges } from "../../iptables/network-changes.ts";
import type { TrafficContract } from "../../iptables/traffic-contract.ts";
import type { TrafficHost } from "./traffic-host.ts";

/** Returns why the addresses and routes of a configuration cannot be changed, which is known before any rule is. */
export function networkProblem(
  config: CaptureConfig,
  { procedure }: Pick<TrafficContract, "procedure">,
  host: Pick<TrafficHost, "networkProblem">,
): string | undefined {
  const problem = networkChanges(config, procedure).length > 0 ? host.networkProblem() : undefined;
  return problem && `Cannot change addresses and routes, which IPv6 and TPROXY need: ${problem}`;
}
