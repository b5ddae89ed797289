import { type CaptureConfig, isTproxy } from "../../iptables/capture-config.ts";
import { ALL, items, type Ranges } from "../../iptables/lists.ts";
import {
  continueIn,
  familyAddresses,
  from,
  inChain,
  inState,
  into,
  notOwnedBy,
  notTo,
  notToPort,
  OUT_OF_LO,
  type OwnerKind,
  outOf,
  ownedBy,
  RETURN,
  redirectTo,
  TCP,
  to,
  toPort,
  UDP,
} from "../../iptables/matches.ts";
import type { Rule } from "../../iptables/rule.ts";
import { dnsRules } from "./iptables-dns-rules.ts";
import { tproxyCapture, tproxyChains, tproxyRules } from "./iptables-tproxy-rules.ts";

const natPrerouting = inChain("nat", "PREROUTING");
const natOutput = inChain("nat", "OUTPUT");
const natInbound = inChain("nat", "ISTIO_INBOUND");
const output = inChain("nat", "ISTIO_OUTPUT");
const manglePrerouting = inChain("mangle", "PREROUTING");
const mangleInbound = inChain("mangle", "ISTIO_INBOUND");

/** What rules depend on besides the configuration. */
export interface Parsed {
  readonly include: Ranges;
  readonly exclude: Ranges;
  /** Whether DNS is captured. */
  readonly dns: boolean;
}

/** Returns the rules of release 1.30, in order of creation (contract 1.30 §14.2). */
export function rules(config: CaptureConfig, parsed: Parsed): readonly Rule[] {
  const proxy = { ...config, ...parsed, addresses: familyAddresses(config.loopback) };
  return [
    ...exemptInterfaces(config),
    ...virtualInterfaces(config),
    ...(config.dropInvalid ? dropInvalid() : []),
    natInbound([TCP, toPort(config.tunnelPort)], RETURN, "because Envoy terminates tunnels itself"),
    inChain("nat", "ISTIO_REDIRECT")([TCP], redirectTo(config.proxyPort), "where Envoy takes outbound connections"),
    inChain("nat", "ISTIO_IN_REDIRECT")([TCP], redirectTo(config.inboundPort), "where Envoy takes inbound connections"),
    ...inboundRules(config),
    natOutput([], continueIn("ISTIO_OUTPUT"), "for all outbound traffic"),
    ...items(config.outboundPortsExcluded).flatMap((port) =>
      [TCP, UDP].map((protocol) =>
        output([protocol, toPort(port)], RETURN, "because the port is excluded from capture", {
          nft: [protocol === UDP ? { kind: "to-port", port, protocol: "udp" } : toPort(port)],
        }),
      ),
    ),
    ...proxy.addresses.map(({ family, passthrough }) =>
      output([OUT_OF_LO, from(passthrough)], RETURN, "because Envoy passes an inbound connection to the application", { family }),
    ),
    ...items(config.uids).flatMap((id) => ownerRules("uid", id, proxy)),
    ...items(config.gids).flatMap((id) => ownerRules("gid", id, proxy)),
    ...groupRules(config),
    ...(parsed.dns ? dnsRules(config) : []),
    ...proxy.addresses.map(({ family, loopback }) => output([to(loopback)], RETURN, "because the application talks to itself", { family })),
    ...byFamily(parsed.exclude, (range, family) => output([to(range)], RETURN, "because the range is excluded from capture", { family })),
    ...items(config.outboundPorts).map((port) =>
      output([TCP, toPort(port)], continueIn("ISTIO_REDIRECT"), "because the port is captured whatever the address", {
        nft: [toPort(port)],
      }),
    ),
    ...includeRules(config, parsed.include),
    ...(isTproxy(config) ? tproxyRules(config) : []),
  ];
}

function exemptInterfaces(config: CaptureConfig): readonly Rule[] {
  const tables = isTproxy(config) ? (["nat", "mangle"] as const) : (["nat"] as const);
  const why = "because the interface is excluded from capture";
  return tables.flatMap((table) =>
    items(config.interfacesExcluded).flatMap((name) => [
      inChain(table, "PREROUTING")([into(name)], RETURN, why),
      inChain(table, "OUTPUT")([outOf(name)], RETURN, why),
    ]),
  );
}

function virtualInterfaces({ virtualInterfaces: names }: CaptureConfig): readonly Rule[] {
  return items(names).map((name) =>
    natPrerouting([into(name)], RETURN, "because it is outbound traffic of a virtual machine", { insertAt: 1 }),
  );
}

/** nft drops only invalid TCP packets, as recorded. */
function dropInvalid(): readonly Rule[] {
  return [
    manglePrerouting([inState("INVALID")], continueIn("ISTIO_DROP"), "because the packet belongs to no connection", {
      nft: [TCP, inState("INVALID")],
    }),
    inChain("mangle", "ISTIO_DROP")([], { kind: "drop" }, "so that it is not answered with a reset"),
  ];
}

function inboundRules(config: CaptureConfig): readonly Rule[] {
  if (config.inboundPorts === "") return [];
  const tproxy = isTproxy(config);
  const inbound = tproxy ? mangleInbound : natInbound;
  const capture = (ports: readonly string[]) => (tproxy ? tproxyCapture(ports) : redirectCapture(ports));
  return [
    ...(tproxy ? tproxyChains(config) : []),
    (tproxy ? manglePrerouting : natPrerouting)([TCP], continueIn("ISTIO_INBOUND"), "for all inbound connections"),
    ...(config.inboundPorts === ALL
      ? [
          ...items(config.inboundPortsExcluded).map((port) =>
            inbound([TCP, toPort(port)], RETURN, "because the port is excluded from capture"),
          ),
          ...capture([]),
        ]
      : items(config.inboundPorts).flatMap((port) => capture([port]))),
  ];
}

/** Returns the rules that redirect one port, or all. */
function redirectCapture(ports: readonly string[]): readonly Rule[] {
  return [natInbound([TCP, ...ports.map(toPort)], continueIn("ISTIO_IN_REDIRECT"), "so that Envoy takes the connection")];
}

type Proxy = CaptureConfig & Parsed & { readonly addresses: ReturnType<typeof familyAddresses> };

/** Returns the rules for the traffic of Envoy, and against loops. Only those of users except DNS in the first one, as recorded. */
function ownerRules(kind: OwnerKind, id: string, { addresses, dns, include, tunnelPort }: Proxy): readonly Rule[] {
  const own = ownedBy(kind, id);
  const others = notOwnedBy(kind, id);
  const otherPorts = dns && kind === "uid" ? ({ kind: "to-other-ports", ports: ["53", tunnelPort] } as const) : notToPort(tunnelPort);
  const local = dns ? [OUT_OF_LO, TCP, notToPort("53"), others] : [OUT_OF_LO, others];
  return [
    ...addresses.map(({ family, loopback }) =>
      output(
        [OUT_OF_LO, notTo(loopback), TCP, otherPorts, own],
        continueIn("ISTIO_IN_REDIRECT"),
        "because Envoy calls its own application by the address of the service",
        { family },
      ),
    ),
    ...(include.hasLoopback ? [] : [output(local, RETURN, "because applications of this pod talk to each other")]),
    output([own], RETURN, "because it is traffic of Envoy, which would go in circles"),
  ];
}

function groupRules({ groups, groupsExcluded }: CaptureConfig): readonly Rule[] {
  if (groups === ALL)
    return items(groupsExcluded).map((group) => output([ownedBy("gid", group)], RETURN, "because the group is excluded from capture"));
  return [
    output(
      items(groups).map((group) => notOwnedBy("gid", group)),
      RETURN,
      "because only the traffic of some groups is captured",
    ),
  ];
}

function includeRules(config: CaptureConfig, include: Ranges): readonly Rule[] {
  const interfaces = items(config.virtualInterfaces);
  const redirect = continueIn("ISTIO_REDIRECT");
  if (include.isAll)
    return [
      output([], redirect, "so that Envoy takes all other outbound connections"),
      ...interfaces.map((name) =>
        natPrerouting([into(name)], redirect, "so that Envoy takes connections of a virtual machine", { insertAt: 1 }),
      ),
    ];
  return byFamily(include, (range, family) => [
    ...interfaces.map((name) =>
      natPrerouting([into(name), to(range)], redirect, "so that Envoy takes connections of a virtual machine", { family, insertAt: 1 }),
    ),
    output([to(range)], redirect, "because the range is captured", { family }),
  ]).flat();
}

/** Returns what a function makes of each range, those of IPv4 first. */
function byFamily<T>({ v4, v6 }: Ranges, make: (range: string, family: 4 | 6) => T): readonly T[] {
  return [...v4.map((range) => make(range, 4)), ...v6.map((range) => make(range, 6))];
}
