import { boolFlag, type Flag, type FlagTable, stringFlag } from "../../cli/flag.ts";
import { variableNamed } from "../../iptables/setting-reader.ts";

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
  short("p", stringFlag("envoy-port", "15001", "Port of Envoy for outbound connections")),
  short("z", stringFlag("inbound-capture-port", "15006", "Port of Envoy for inbound connections")),
  short("e", stringFlag("inbound-tunnel-port", "15008", "Port of tunnels, which is not captured")),
  short("u", stringFlag("proxy-uid", "", "Users whose traffic is not captured, comma-separated (default: ENVOY_USER, or 1337)")),
  short("g", stringFlag("proxy-gid", "", "Groups whose traffic is not captured, comma-separated (default: the list of users)")),
  short(
    "m",
    stringFlag("istio-inbound-interception-mode", "", "TPROXY keeps the source address of inbound connections; otherwise REDIRECT"),
  ),
  short("b", stringFlag("istio-inbound-ports", "", "Inbound ports to capture, comma-separated; *: all; empty: none")),
  short("d", stringFlag("istio-local-exclude-ports", "", "Inbound ports not to capture with -b *, comma-separated")),
  short("c", stringFlag("istio-exclude-interfaces", "", "Interfaces whose traffic is not captured, comma-separated")),
  short("i", stringFlag("istio-service-cidr", "", "Ranges of outbound addresses to capture, comma-separated; *: all; empty: none")),
  short("x", stringFlag("istio-service-exclude-cidr", "", "Ranges of outbound addresses not to capture, comma-separated")),
  short("q", stringFlag("istio-outbound-ports", "", "Outbound ports to capture whatever the address, comma-separated")),
  short("o", stringFlag("istio-local-outbound-ports-exclude", "", "Outbound ports not to capture, TCP and UDP, comma-separated")),
  short(
    "k",
    stringFlag("kube-virt-interfaces", "", "Interfaces of virtual machines, whose inbound traffic counts as outbound, comma-separated"),
  ),
  short("t", stringFlag("istio-inbound-tproxy-mark", "1337", "Mark of packets with TPROXY")),
  short("r", stringFlag("istio-inbound-tproxy-route-table", "133", "Routing table of marked packets with TPROXY")),
  short("n", boolFlag("dry-run", false, "Print the rules without applying them")),
  { name: "iptables-probe-port", kind: "uint16", default: "15002", help: "Port to which the validation connects" },
  { name: "probe-timeout", kind: "duration", default: "5s", help: "Maximum time of the validation" },
  boolFlag("skip-rule-apply", false, "Do not apply rules, only validate"),
  boolFlag("run-validation", false, "Check with a connection that the rules redirect; run as the proxy's user"),
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

function short<Row extends Flag>(letter: string, flag: Row): Row & { readonly short: string } {
  return { ...flag, short: letter };
}
