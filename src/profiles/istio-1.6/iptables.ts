import { formatIp } from "../../go/ip.ts";
import { formatPrefix, parseNetwork } from "../../go/ip-prefix.ts";
import { parseBool, unsignedInteger } from "../../go/number.ts";
import { bad, ok } from "../../go/parsed.ts";
import type { CaptureConfig } from "../../iptables/capture-config.ts";
import { usableAddresses } from "../../iptables/host-address.ts";
import { ALL, type Ranges } from "../../iptables/lists.ts";
import { settingReader, variableNamed } from "../../iptables/setting-reader.ts";
import { sharedSettings } from "../../iptables/shared-flags.ts";
import type { TrafficContract } from "../../iptables/traffic-contract.ts";
import { proxyUid } from "../../iptables/user-id.ts";
import { IPTABLES_FLAGS } from "./iptables-flags.ts";
import { allItems, rules } from "./iptables-rules.ts";

/** How release 1.6 redirects the traffic of a pod (contract 1.6 §15.1). */
export const IPTABLES: TrafficContract = {
  flags: IPTABLES_FLAGS,
  procedure: "plain",
  placesMissingNft: true,
  readSettings(flags, environment) {
    const reader = settingReader(flags, environment, { variablesOf: (flag) => [variableNamed(flag)], countsEmpty: false });
    const { text, bool } = reader;
    return {
      ...sharedSettings(reader),
      tunnelPort: "",
      interfacesExcluded: "",
      outboundPorts: "",
      groups: ALL,
      groupsExcluded: "",
      loopback: "127.0.0.1/32",
      redirectDns: (environment.lookup("DNS_CAPTURE") ?? "") !== "",
      captureAllDns: false,
      dropInvalid: false,
      dualStack: false,
      probePort: portOf(text("iptables-probe-port")),
      networkNamespace: "",
      cniMode: false,
      reconcile: false,
      cleanupOnly: false,
      forceApply: false,
      nativeNftables: false,
      program: "",
      restoreFormat: bool("restore-format"),
      dryRunFile: "",
    };
  },
  configure(settings, environment, inputs) {
    const uids = settings.uids === "" ? `${proxyUid(environment, inputs)},0` : settings.uids;
    const [address] = usableAddresses(inputs.addresses(), true);
    if (address === undefined) return bad("no valid local IP address found");
    return ok({
      ...settings,
      uids,
      gids: settings.gids === "" ? uids : settings.gids,
      hasV6: address.family === 6,
      hostAddress: formatIp(address),
      resolvers: { v4: [], v6: [] },
    });
  },
  plan(config) {
    const exclude = rangesIn(config.rangesExcluded);
    if (exclude.ranges.isAll) return bad("Invalid value for OUTBOUND_IP_RANGES_EXCLUDE");
    const include = rangesIn(config.ranges);
    return ok({
      rules: rules(config, { include: include.ranges, exclude: exclude.ranges, dns: config.redirectDns }),
      notices: [...exclude.ignored, ...include.ignored].map((error) => ({
        level: "warn",
        text: `Ignoring error for bug compatibility with istio-iptables.sh: ${error}`,
      })),
    });
  },
  shownVariables: [
    "ENVOY_PORT",
    "INBOUND_CAPTURE_PORT",
    "ISTIO_INBOUND_INTERCEPTION_MODE",
    "ISTIO_INBOUND_TPROXY_MARK",
    "ISTIO_INBOUND_TPROXY_ROUTE_TABLE",
    "ISTIO_INBOUND_PORTS",
    "ISTIO_LOCAL_EXCLUDE_PORTS",
    "ISTIO_SERVICE_CIDR",
    "ISTIO_SERVICE_EXCLUDE_CIDR",
  ],
  shownConfig,
  clean: {
    /** The key of the flag belongs to the other command, so only the variable counts. Here the flag counts too, if it is true. */
    isDry: (flags, environment) => {
      const variable = parseBool(environment.lookup("DRY_RUN") ?? "");
      return flags.bool("dry-run") || (variable.ok && variable.value);
    },
    commands: cleanCommands(),
    dnsPort: "15013",
  },
};

/** Parses ranges to their networks; invalid ones are ignored. */
function rangesIn(text: string): { readonly ranges: Ranges; readonly ignored: readonly string[] } {
  if (text === ALL) return { ranges: { isAll: true, v4: [], v6: [], hasLoopback: false }, ignored: [] };
  const parsed = allItems(text).map(parseNetwork);
  const found = parsed.flatMap((each) => (each.ok ? [each.value] : []));
  const ofFamily = (family: 4 | 6) => found.filter((each) => each.family === family).map(formatPrefix);
  return {
    ranges: { isAll: false, v4: ofFamily(4), v6: ofFamily(6), hasLoopback: false },
    ignored: parsed.flatMap((each) => (each.ok ? [] : [each.error])),
  };
}

/** Larger numbers lose their upper bits, as in Go's conversion; a text without a number is 0. */
function portOf(text: string): number {
  const parsed = unsignedInteger(text, 0, 64);
  return typeof parsed === "bigint" ? Number(parsed & 0xffffn) : 0;
}

function cleanCommands(): readonly (readonly string[])[] {
  const chain = (table: string, name: string) => [
    ["-t", table, "-F", name],
    ["-t", table, "-X", name],
  ];
  return [
    ["-t", "nat", "-D", "PREROUTING", "-p", "tcp", "-j", "ISTIO_INBOUND"],
    ["-t", "mangle", "-D", "PREROUTING", "-p", "tcp", "-j", "ISTIO_INBOUND"],
    ["-t", "nat", "-D", "OUTPUT", "-p", "tcp", "-j", "ISTIO_OUTPUT"],
    ...["ISTIO_OUTPUT", "ISTIO_INBOUND"].flatMap((name) => chain("nat", name)),
    ...["ISTIO_INBOUND", "ISTIO_DIVERT", "ISTIO_TPROXY"].flatMap((name) => chain("mangle", name)),
    ...["ISTIO_REDIRECT", "ISTIO_IN_REDIRECT"].flatMap((name) => chain("nat", name)),
  ];
}

function shownConfig(config: CaptureConfig): readonly string[] {
  return [
    `PROXY_PORT=${config.proxyPort}`,
    `PROXY_INBOUND_CAPTURE_PORT=${config.inboundPort}`,
    `PROXY_UID=${config.uids}`,
    `PROXY_GID=${config.gids}`,
    `INBOUND_INTERCEPTION_MODE=${config.mode}`,
    `INBOUND_TPROXY_MARK=${config.mark}`,
    `INBOUND_TPROXY_ROUTE_TABLE=${config.routeTable}`,
    `INBOUND_PORTS_INCLUDE=${config.inboundPorts}`,
    `INBOUND_PORTS_EXCLUDE=${config.inboundPortsExcluded}`,
    `OUTBOUND_IP_RANGES_INCLUDE=${config.ranges}`,
    `OUTBOUND_IP_RANGES_EXCLUDE=${config.rangesExcluded}`,
    `OUTBOUND_PORTS_EXCLUDE=${config.outboundPortsExcluded}`,
    `KUBEVIRT_INTERFACES=${config.virtualInterfaces}`,
    `ENABLE_INBOUND_IPV6=${config.hasV6}`,
  ];
}
