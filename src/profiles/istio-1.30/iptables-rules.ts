import { type CaptureConfig, isTproxy } from "../../iptables/capture-config.ts";
import { ALL, items, type Ranges } from "../../iptables/lists.ts";
import {
  continueIn,
  familyAddresses,
  from,
  INTO_LO,
  inChain,
  inState,
  into,
  marked,
  notOwnedBy,
  notTo,
  notToPort,
  OUT_OF_LO,
  type OwnerKind,
  outOf,
  ownedBy,
  RETURN,
  redirectTo,
  setMark,
  TCP,
  to,
  toPort,
  UDP,
} from "../../iptables/matches.ts";
import type { Rule } from "../../iptables/rule.ts";
import { dnsRules } from "./iptables-dns-rules.ts";

/** The mark of packets that Envoy sends to the application over loopback. */
const OUTBOUND_MARK = "1338";

const natPrerouting = inChain("nat", "PREROUTING");
const natOutput = inChain("nat", "OUTPUT");
const natInbound = inChain("nat", "ISTIO_INBOUND");
const output = inChain("nat", "ISTIO_OUTPUT");
const manglePrerouting = inChain("mangle", "PREROUTING");
const mangleOutput = inChain("mangle", "OUTPUT");
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
    ...(isTproxy(config) ? tproxyRules(proxy) : []),
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

/** The same for TPROXY; packets of a known connection only need its mark. */
function tproxyCapture(ports: readonly string[]): readonly Rule[] {
  return [
    mangleInbound(
      [TCP, ...ports.map(toPort), inState("RELATED", "ESTABLISHED")],
      continueIn("ISTIO_DIVERT"),
      "because Envoy has the connection already",
    ),
    mangleInbound([TCP, ...ports.map(toPort)], continueIn("ISTIO_TPROXY"), "so that Envoy takes the connection"),
  ];
}

function tproxyChains({ mark, inboundPort, loopback }: CaptureConfig): readonly Rule[] {
  const divert = inChain("mangle", "ISTIO_DIVERT");
  return [
    divert([], setMark(mark), "so that it is routed to this machine"),
    divert([], { kind: "accept" }, "after the mark"),
    ...familyAddresses(loopback).map(({ family, loopback }) =>
      inChain("mangle", "ISTIO_TPROXY")(
        [notTo(loopback), TCP],
        { kind: "tproxy", mark, port: inboundPort },
        "where Envoy takes inbound connections with their source address",
        { family },
      ),
    ),
  ];
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

/** Returns the rules that keep the marks of connections, and exempt what Envoy sends to the application. */
function tproxyRules({ mark, uids, gids, addresses }: Proxy): readonly Rule[] {
  const owners = [...items(uids).map((id) => ownedBy("uid", id)), ...items(gids).map((id) => ownedBy("gid", id))];
  return [
    manglePrerouting([TCP, marked(mark)], { kind: "save-mark" }, "so that the connection keeps it"),
    mangleOutput([TCP, OUT_OF_LO, marked(mark)], RETURN, "because it is marked already"),
    ...owners.flatMap((owner) =>
      addresses.map(({ family, loopback }) =>
        mangleOutput([notTo(loopback), TCP, OUT_OF_LO, owner], setMark(OUTBOUND_MARK), "because Envoy calls its own application", {
          family,
        }),
      ),
    ),
    mangleOutput([TCP, { kind: "connection-mark", mark }], { kind: "restore-mark" }, "so that answers take the same way"),
    mangleInbound([TCP, marked(mark)], RETURN, "because it is marked already", { insertAt: 1 }),
    ...addresses.map(({ family, passthrough }) =>
      mangleInbound([TCP, from(passthrough), INTO_LO], RETURN, "because Envoy passes an inbound connection to the application", {
        family,
        insertAt: 2,
      }),
    ),
    mangleInbound(
      [TCP, INTO_LO, { kind: "mark", mark: OUTBOUND_MARK, not: true }],
      RETURN,
      "because applications of this pod talk to each other",
      {
        insertAt: 3,
      },
    ),
  ];
}

/** Returns what a function makes of each range, those of IPv4 first. */
function byFamily<T>({ v4, v6 }: Ranges, make: (range: string, family: 4 | 6) => T): readonly T[] {
  return [...v4.map((range) => make(range, 4)), ...v6.map((range) => make(range, 6))];
}
