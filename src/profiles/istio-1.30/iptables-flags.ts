import { boolFlag, type FlagTable, stringFlag, withShort } from "../../cli/flag.ts";
import { variableNamed } from "../../iptables/setting-reader.ts";
import { SHARED_FLAGS } from "../../iptables/shared-flags.ts";

/** Second variables of flags, which take precedence over the first. */
const SECOND: Readonly<Record<string, string>> = {
  "redirect-dns": "ISTIO_META_DNS_CAPTURE",
  "drop-invalid": "INVALID_DROP",
  "dual-stack": "ISTIO_DUAL_STACK",
};

/** Returns the variables of a flag, the last of which takes precedence. ENVOY_PORT is not read. */
export function variablesOf(flag: string): readonly string[] {
  const second = SECOND[flag];
  return flag === "envoy-port" ? [] : [variableNamed(flag), ...(second === undefined ? [] : [second])];
}

/** Flags of `istio-iptables` (contract 1.30 §14.1). */
export const IPTABLES_FLAGS = [
  SHARED_FLAGS.proxyPort,
  SHARED_FLAGS.inboundPort,
  withShort("e", stringFlag("inbound-tunnel-port", "15008", "Port of tunnels, which is not captured")),
  withShort("u", stringFlag("proxy-uid", "", "Users whose traffic is not captured, comma-separated (default: ENVOY_USER, or 1337)")),
  SHARED_FLAGS.gids,
  SHARED_FLAGS.mode,
  withShort("b", stringFlag("istio-inbound-ports", "", "Inbound ports to capture, comma-separated; *: all; empty: none")),
  SHARED_FLAGS.inboundPortsExcluded,
  withShort("c", stringFlag("istio-exclude-interfaces", "", "Interfaces whose traffic is not captured, comma-separated")),
  SHARED_FLAGS.ranges,
  SHARED_FLAGS.rangesExcluded,
  withShort("q", stringFlag("istio-outbound-ports", "", "Outbound ports to capture whatever the address, comma-separated")),
  withShort("o", stringFlag("istio-local-outbound-ports-exclude", "", "Outbound ports not to capture, TCP and UDP, comma-separated")),
  SHARED_FLAGS.virtualInterfaces,
  SHARED_FLAGS.mark,
  SHARED_FLAGS.routeTable,
  SHARED_FLAGS.dryRun,
  { name: "iptables-probe-port", kind: "uint16", default: "15002", help: "Port to which the validation connects" },
  SHARED_FLAGS.probeTimeout,
  SHARED_FLAGS.skipApply,
  SHARED_FLAGS.runValidation,
  boolFlag("redirect-dns", false, "Capture DNS requests to the resolvers of /etc/resolv.conf"),
  boolFlag("drop-invalid", false, "Drop packets that belong to no connection"),
  boolFlag("dual-stack", false, "Make rules of both families if the pod has addresses of both"),
  boolFlag("capture-all-dns", false, "With --redirect-dns: capture DNS requests to all addresses"),
  stringFlag("network-namespace", "", "File of the network namespace; with --cni-mode, the lock file. The namespace is not entered"),
  boolFlag("cni-mode", false, "Run on the node's file system: do not use the node's lock file and user database"),
  boolFlag("reconcile", false, "Replace existing rules that differ instead of failing"),
  boolFlag("cleanup-only", false, "Remove the rules that the same flags would make"),
  boolFlag("force-apply", false, "Apply the rules even if they are in place"),
  boolFlag("native-nftables", false, "Use nft instead of iptables"),
  stringFlag("force-iptables-binary", "", "Programs to use: legacy or nft (default: those that work, or that have rules)"),
] as const satisfies FlagTable;
