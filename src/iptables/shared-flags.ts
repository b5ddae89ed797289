import { boolFlag, type Flag, stringFlag, withShort } from "../cli/flag.ts";
import type { CaptureSettings } from "./capture-config.ts";
import type { SettingReader } from "./setting-reader.ts";

const probeTimeout = {
  name: "probe-timeout",
  kind: "duration",
  default: "5s",
  help: "Maximum time of the validation",
} as const satisfies Flag;

/** Flags of `istio-iptables` that every release has, with the same default and meaning. */
export const SHARED_FLAGS = {
  proxyPort: withShort("p", stringFlag("envoy-port", "15001", "Port of Envoy for outbound connections")),
  inboundPort: withShort("z", stringFlag("inbound-capture-port", "15006", "Port of Envoy for inbound connections")),
  gids: withShort("g", stringFlag("proxy-gid", "", "Groups whose traffic is not captured, comma-separated (default: the list of users)")),
  mode: withShort(
    "m",
    stringFlag("istio-inbound-interception-mode", "", "TPROXY keeps the source address of inbound connections; otherwise REDIRECT"),
  ),
  inboundPortsExcluded: withShort(
    "d",
    stringFlag("istio-local-exclude-ports", "", "Inbound ports not to capture with -b *, comma-separated"),
  ),
  ranges: withShort(
    "i",
    stringFlag("istio-service-cidr", "", "Ranges of outbound addresses to capture, comma-separated; *: all; empty: none"),
  ),
  rangesExcluded: withShort(
    "x",
    stringFlag("istio-service-exclude-cidr", "", "Ranges of outbound addresses not to capture, comma-separated"),
  ),
  virtualInterfaces: withShort(
    "k",
    stringFlag("kube-virt-interfaces", "", "Interfaces of virtual machines, whose inbound traffic counts as outbound, comma-separated"),
  ),
  mark: withShort("t", stringFlag("istio-inbound-tproxy-mark", "1337", "Mark of packets with TPROXY")),
  routeTable: withShort("r", stringFlag("istio-inbound-tproxy-route-table", "133", "Routing table of marked packets with TPROXY")),
  dryRun: withShort("n", boolFlag("dry-run", false, "Print the rules without applying them")),
  probeTimeout,
  skipApply: boolFlag("skip-rule-apply", false, "Do not apply rules, only validate"),
  runValidation: boolFlag("run-validation", false, "Check with a connection that the rules redirect; run as the proxy's user"),
} as const;

/** Settings whose flags have the same names in every release. */
type SharedSettings = Pick<CaptureSettings, keyof typeof SHARED_FLAGS | "uids" | "inboundPorts" | "outboundPortsExcluded">;

/** Reads the settings that every release has. */
export function sharedSettings({ text, bool, time }: SettingReader): SharedSettings {
  return {
    proxyPort: text("envoy-port"),
    inboundPort: text("inbound-capture-port"),
    uids: text("proxy-uid"),
    gids: text("proxy-gid"),
    mode: text("istio-inbound-interception-mode"),
    inboundPorts: text("istio-inbound-ports"),
    inboundPortsExcluded: text("istio-local-exclude-ports"),
    ranges: text("istio-service-cidr"),
    rangesExcluded: text("istio-service-exclude-cidr"),
    outboundPortsExcluded: text("istio-local-outbound-ports-exclude"),
    virtualInterfaces: text("kube-virt-interfaces"),
    mark: text("istio-inbound-tproxy-mark"),
    routeTable: text("istio-inbound-tproxy-route-table"),
    dryRun: bool("dry-run"),
    skipApply: bool("skip-rule-apply"),
    runValidation: bool("run-validation"),
    probeTimeout: time("probe-timeout"),
  };
}
