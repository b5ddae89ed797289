import { boolFlag, type Flag, type FlagTable, stringFlag } from "../../cli/flag.ts";

/** Flags of `istio-iptables` (contract 1.6 §15.1). */
export const IPTABLES_FLAGS = [
  short("p", stringFlag("envoy-port", "15001", "Port of Envoy for outbound connections")),
  short("z", stringFlag("inbound-capture-port", "15006", "Port of Envoy for inbound connections")),
  short("u", stringFlag("proxy-uid", "", "Users whose traffic is not captured, comma-separated (default: ENVOY_USER, or 1337, and 0)")),
  short("g", stringFlag("proxy-gid", "", "Groups whose traffic is not captured, comma-separated (default: the list of users)")),
  short(
    "m",
    stringFlag("istio-inbound-interception-mode", "", "TPROXY keeps the source address of inbound connections; otherwise REDIRECT"),
  ),
  short("b", stringFlag("istio-inbound-ports", "", "Inbound ports to capture, comma-separated; *: all but 22; empty: none")),
  short("d", stringFlag("istio-local-exclude-ports", "", "Inbound ports not to capture with -b *, comma-separated")),
  short("i", stringFlag("istio-service-cidr", "", "Ranges of outbound addresses to capture, comma-separated; *: all; empty: none")),
  short("x", stringFlag("istio-service-exclude-cidr", "", "Ranges of outbound addresses not to capture, comma-separated")),
  short("o", stringFlag("istio-local-outbound-ports-exclude", "", "Outbound TCP ports not to capture, comma-separated")),
  short(
    "k",
    stringFlag("kube-virt-interfaces", "", "Interfaces of virtual machines, whose inbound traffic counts as outbound, comma-separated"),
  ),
  short("t", stringFlag("istio-inbound-tproxy-mark", "1337", "Mark of packets with TPROXY")),
  short("r", stringFlag("istio-inbound-tproxy-route-table", "133", "Routing table of marked packets with TPROXY")),
  short("n", boolFlag("dry-run", false, "Print the rules without applying them")),
  short("f", boolFlag("restore-format", true, "Apply the rules by iptables-restore; false: by one command for each")),
  stringFlag("iptables-probe-port", "15002", "Port to which the validation connects"),
  { name: "probe-timeout", kind: "duration", default: "5s", help: "Maximum time of the validation" },
  boolFlag("skip-rule-apply", false, "Do not apply rules, only validate"),
  boolFlag("run-validation", false, "Check with a connection that the rules redirect; run as the proxy's user"),
] as const satisfies FlagTable;

function short<Row extends Flag>(letter: string, flag: Row): Row & { readonly short: string } {
  return { ...flag, short: letter };
}
