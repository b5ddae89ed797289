import { formatIp, isLoopback } from "../../go/ip.ts";
import { parsePrefix } from "../../go/ip-prefix.ts";
import { quote } from "../../go/literal.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import type { CaptureConfig, CaptureSettings } from "../../iptables/capture-config.ts";
import { usableAddresses } from "../../iptables/host-address.ts";
import { ALL, items, parseRanges } from "../../iptables/lists.ts";
import { resolversIn } from "../../iptables/resolvers.ts";
import { settingReader } from "../../iptables/setting-reader.ts";
import { sharedSettings } from "../../iptables/shared-flags.ts";
import type { TrafficContract } from "../../iptables/traffic-contract.ts";
import { proxyUid } from "../../iptables/user-id.ts";
import { IPTABLES_FLAGS, variablesOf } from "./iptables-flags.ts";
import { rules } from "./iptables-rules.ts";

/** The largest number of included groups, which all become matches of one rule. */
const MOST_GROUPS = 64;
const NO_RESOLVERS = { v4: [], v6: [] } as const;

/** How release 1.30 redirects the traffic of a pod (contract 1.30 §14.1). */
export const IPTABLES: TrafficContract = {
  flags: IPTABLES_FLAGS,
  procedure: "checked",
  placesMissingNft: true,
  readSettings(flags, environment) {
    const reader = settingReader(flags, environment, { variablesOf, countsEmpty: true });
    const { text, bool, port } = reader;
    return {
      ...sharedSettings(reader),
      tunnelPort: text("inbound-tunnel-port"),
      interfacesExcluded: text("istio-exclude-interfaces"),
      outboundPorts: text("istio-outbound-ports"),
      groups: environment.lookup("ISTIO_OUTBOUND_OWNER_GROUPS") ?? ALL,
      groupsExcluded: environment.lookup("ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE") ?? "",
      loopback: environment.lookup("ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR") ?? "127.0.0.1/32",
      redirectDns: bool("redirect-dns"),
      captureAllDns: bool("capture-all-dns"),
      dropInvalid: bool("drop-invalid"),
      dualStack: bool("dual-stack"),
      probePort: port("iptables-probe-port"),
      networkNamespace: text("network-namespace"),
      cniMode: bool("cni-mode"),
      reconcile: bool("reconcile"),
      cleanupOnly: bool("cleanup-only"),
      forceApply: bool("force-apply"),
      nativeNftables: bool("native-nftables"),
      program: text("force-iptables-binary"),
      restoreFormat: true,
      dryRunFile: environment.lookup("DRY_RUN_FILE_PATH") ?? "",
    };
  },
  configure(settings, environment, inputs) {
    const uids = settings.uids === "" ? proxyUid(environment, inputs) : settings.uids;
    const addresses = usableAddresses(inputs.addresses(), false);
    const [first] = addresses;
    if (first === undefined) return bad("no valid local IP address found");
    const readsResolvers = settings.redirectDns && !settings.captureAllDns;
    const resolvConf = readsResolvers ? inputs.resolvConf() : undefined;
    if (resolvConf?.ok === false) return bad(`failed to load /etc/resolv.conf: ${resolvConf.reason}`);
    const problem = problemIn(settings);
    if (problem !== undefined) return bad(problem);
    return ok({
      ...settings,
      uids,
      gids: settings.gids === "" ? uids : settings.gids,
      hasV6: (settings.dualStack ? addresses : [first]).some(({ family }) => family === 6),
      hostAddress: formatIp(first),
      resolvers: resolvConf === undefined ? NO_RESOLVERS : resolversIn(resolvConf.text),
    });
  },
  plan(config) {
    const exclude = parseRanges(config.rangesExcluded);
    if (!exclude.ok) return exclude;
    if (exclude.value.isAll) return bad("invalid value for OUTBOUND_IP_RANGES_EXCLUDE");
    const include = parseRanges(config.ranges);
    if (!include.ok) return include;
    const { v4, v6 } = config.resolvers;
    const dns = config.redirectDns && (config.captureAllDns || v4.length > 0 || v6.length > 0);
    return ok({
      rules: rules(config, { include: include.value, exclude: exclude.value, dns }),
      notices: config.redirectDns && !dns ? [{ level: "warn", text: NO_DNS }] : [],
    });
  },
  shownVariables: [
    "ENVOY_PORT",
    "INBOUND_CAPTURE_PORT",
    "ISTIO_INBOUND_INTERCEPTION_MODE",
    "ISTIO_INBOUND_TPROXY_ROUTE_TABLE",
    "ISTIO_INBOUND_PORTS",
    "ISTIO_OUTBOUND_PORTS",
    "ISTIO_LOCAL_EXCLUDE_PORTS",
    "ISTIO_EXCLUDE_INTERFACES",
    "ISTIO_SERVICE_CIDR",
    "ISTIO_SERVICE_EXCLUDE_CIDR",
    "ISTIO_META_DNS_CAPTURE",
    "INVALID_DROP",
  ],
  shownConfig,
};

const NO_DNS = "REDIRECT_DNS is set, but CAPTURE_ALL_DNS is false, and no DNS servers provided. DNS capture disabled.";

function problemIn({ groups, program, loopback }: CaptureSettings): string | undefined {
  const included = items(groups);
  if (groups !== ALL && included.length > MOST_GROUPS)
    return `number of owner groups whose outgoing traffic should be redirected to Envoy cannot exceed ${MOST_GROUPS}, got ${included.length}: [${included.join(" ")}]`;
  if (!["", "legacy", "nft"].includes(program)) return `invalid FORCE_IPTABLES_BINARY value ${quote(program)}`;
  const checked = checkLoopback(loopback);
  return checked.ok ? undefined : checked.error;
}

function checkLoopback(text: string): Parsed<true> {
  const parsed = parsePrefix(text);
  if (!parsed.ok) return bad(`failed to parse CIDR ${text}: ${parsed.error}`);
  const { address, bits } = parsed.value;
  if (address.family !== 4 || !isLoopback(address))
    return bad(`expected valid IPv4 loopback address in CIDR ${text}; found ${formatIp(address)}`);
  return bits < 8 ? bad(`expected CIDR ${text} to have mask in range [8, 32]; found ${bits}`) : ok(true);
}

function shownConfig(config: CaptureConfig): readonly string[] {
  const { v4, v6 } = config.resolvers;
  return [
    `PROXY_PORT=${config.proxyPort}`,
    `PROXY_INBOUND_CAPTURE_PORT=${config.inboundPort}`,
    `PROXY_TUNNEL_PORT=${config.tunnelPort}`,
    `PROXY_UID=${config.uids}`,
    `PROXY_GID=${config.gids}`,
    `INBOUND_INTERCEPTION_MODE=${config.mode}`,
    `INBOUND_TPROXY_MARK=${config.mark}`,
    `INBOUND_TPROXY_ROUTE_TABLE=${config.routeTable}`,
    `INBOUND_PORTS_INCLUDE=${config.inboundPorts}`,
    `INBOUND_PORTS_EXCLUDE=${config.inboundPortsExcluded}`,
    `OUTBOUND_OWNER_GROUPS_INCLUDE=${config.groups}`,
    `OUTBOUND_OWNER_GROUPS_EXCLUDE=${config.groupsExcluded}`,
    `OUTBOUND_IP_RANGES_INCLUDE=${config.ranges}`,
    `OUTBOUND_IP_RANGES_EXCLUDE=${config.rangesExcluded}`,
    `OUTBOUND_PORTS_INCLUDE=${config.outboundPorts}`,
    `OUTBOUND_PORTS_EXCLUDE=${config.outboundPortsExcluded}`,
    `KUBE_VIRT_INTERFACES=${config.virtualInterfaces}`,
    `ENABLE_INBOUND_IPV6=${config.hasV6}`,
    `DUAL_STACK=${config.dualStack}`,
    `DNS_CAPTURE=${config.redirectDns}`,
    `DROP_INVALID=${config.dropInvalid}`,
    `CAPTURE_ALL_DNS=${config.captureAllDns}`,
    `DNS_SERVERS=[${v4.join(" ")}],[${v6.join(" ")}]`,
    `NETWORK_NAMESPACE=${config.networkNamespace}`,
    `CNI_MODE=${config.cniMode}`,
    `EXCLUDE_INTERFACES=${config.interfacesExcluded}`,
    `RECONCILE=${config.reconcile}`,
    `CLEANUP_ONLY=${config.cleanupOnly}`,
    `FORCE_APPLY=${config.forceApply}`,
    `NATIVE_NFTABLES=${config.nativeNftables}`,
    `FORCE_IPTABLES_BINARY=${config.program}`,
  ];
}
