import { type CaptureConfig, isTproxy } from "../../iptables/capture-config.ts";
import { ALL, type Ranges } from "../../iptables/lists.ts";
import {
  continueIn,
  type FamilyAddresses,
  familyAddresses,
  from,
  inChain,
  inState,
  into,
  notOwnedBy,
  notTo,
  OUT_OF_LO,
  type OwnerKind,
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

/** Where the agent answers DNS requests. */
const AGENT_DNS_PORT = "15013";
const SSH = "22";

/** Splits a list at commas; empty items are kept, and give rules that iptables refuses. */
export function allItems(text: string): readonly string[] {
  return text === "" ? [] : text.split(",");
}

/** What rules depend on besides the configuration. */
interface Parsed {
  readonly include: Ranges;
  readonly exclude: Ranges;
  /** Whether DNS is captured, only over IPv4 and UDP. */
  readonly dns: boolean;
}

/** Returns the rules of release 1.6, in order of creation (contract 1.6 §15.2). Those of IPv6 exist only if it is enabled. */
export function rules(config: CaptureConfig, parsed: Parsed): readonly Rule[] {
  const [v4, v6] = familyAddresses(config.loopback);
  return [
    ...familyRules(config, parsed, v4),
    ...(config.hasV6 ? familyRules(config, parsed, v6) : []),
    ...(parsed.dns ? dnsRules(config) : []),
    ...(isTproxy(config)
      ? [
          inChain("mangle", "OUTPUT")([TCP, from(v4.loopback), notTo(v4.loopback)], setMark(config.mark), "so that answers reach Envoy", {
            family: 4,
          }),
        ]
      : []),
  ];
}

function familyRules(config: CaptureConfig, { include, exclude }: Parsed, addresses: FamilyAddresses): readonly Rule[] {
  const { family, loopback, passthrough } = addresses;
  const options = { family };
  const output = inChain("nat", "ISTIO_OUTPUT");
  const ranges = family === 4 ? exclude.v4 : exclude.v6;
  return [
    inChain("nat", "ISTIO_REDIRECT")([TCP], redirectTo(config.proxyPort), "where Envoy takes outbound connections", options),
    inChain("nat", "ISTIO_IN_REDIRECT")([TCP], redirectTo(config.inboundPort), "where Envoy takes inbound connections", options),
    ...inboundRules(config, addresses),
    inChain("nat", "OUTPUT")([TCP], continueIn("ISTIO_OUTPUT"), "for all outbound connections", options),
    ...allItems(config.outboundPortsExcluded).map((port) =>
      output([TCP, toPort(port)], RETURN, "because the port is excluded from capture", options),
    ),
    output([OUT_OF_LO, from(passthrough)], RETURN, "because Envoy passes an inbound connection to the application", options),
    ...allItems(config.uids).flatMap((id) => ownerRules("uid", id, addresses)),
    ...allItems(config.gids).flatMap((id) => ownerRules("gid", id, addresses)),
    output([to(loopback)], RETURN, "because the application talks to itself", options),
    ...ranges.map((range) => output([to(range)], RETURN, "because the range is excluded from capture", options)),
    ...(family === 4 ? exemptInterfaces(config, 4) : []),
    ...includeRules(config, include, addresses),
  ];
}

/** Only IPv4 has TPROXY. */
function inboundRules(config: CaptureConfig, { family, loopback }: FamilyAddresses): readonly Rule[] {
  if (config.inboundPorts === "") return [];
  const isMarked = isTproxy(config) && family === 4;
  const table = isMarked ? "mangle" : "nat";
  const inbound = inChain(table, "ISTIO_INBOUND");
  const options = { family };
  const capture = (ports: readonly string[]) => {
    const taken = continueIn(isMarked ? "ISTIO_TPROXY" : "ISTIO_IN_REDIRECT");
    const known = [TCP, ...ports.map(toPort), inState("RELATED", "ESTABLISHED")];
    return [
      ...(isMarked ? [inbound(known, continueIn("ISTIO_DIVERT"), "because Envoy has the connection already", options)] : []),
      inbound([TCP, ...ports.map(toPort)], taken, "so that Envoy takes the connection", options),
    ];
  };
  const exempt = [SSH, ...allItems(config.inboundPortsExcluded)];
  return [
    ...(isMarked ? tproxyChains(config, loopback) : []),
    inChain(table, "PREROUTING")([TCP], continueIn("ISTIO_INBOUND"), "for all inbound connections", options),
    ...(config.inboundPorts === ALL
      ? [
          ...exempt.map((port) => inbound([TCP, toPort(port)], RETURN, "because the port is excluded from capture", options)),
          ...capture([]),
        ]
      : allItems(config.inboundPorts).flatMap((port) => capture([port]))),
  ];
}

/** The port is that for outbound connections, as recorded. */
function tproxyChains({ mark, proxyPort }: CaptureConfig, loopback: string): readonly Rule[] {
  const divert = inChain("mangle", "ISTIO_DIVERT");
  const options = { family: 4 } as const;
  return [
    divert([], setMark(mark), "so that it is routed to this machine", options),
    divert([], { kind: "accept" }, "after the mark", options),
    inChain("mangle", "ISTIO_TPROXY")(
      [notTo(loopback), TCP],
      { kind: "tproxy", mark, port: proxyPort },
      "where Envoy takes inbound connections with their source address",
      options,
    ),
  ];
}

function ownerRules(kind: OwnerKind, id: string, { family, loopback }: FamilyAddresses): readonly Rule[] {
  const output = inChain("nat", "ISTIO_OUTPUT");
  const options = { family };
  return [
    output(
      [OUT_OF_LO, notTo(loopback), ownedBy(kind, id)],
      continueIn("ISTIO_IN_REDIRECT"),
      "because Envoy calls its own application by the address of the service",
      options,
    ),
    output([OUT_OF_LO, notOwnedBy(kind, id)], RETURN, "because applications of this pod talk to each other", options),
    output([ownedBy(kind, id)], RETURN, "because it is traffic of Envoy, which would go in circles", options),
  ];
}

function exemptInterfaces(config: CaptureConfig, family: 4 | 6): readonly Rule[] {
  return allItems(config.virtualInterfaces).map((name) =>
    inChain("nat", "PREROUTING")([into(name)], RETURN, "because it is outbound traffic of a virtual machine", { family, insertAt: 1 }),
  );
}

/** With `*`, IPv6 only exempts the interfaces of virtual machines, as recorded. */
function includeRules(config: CaptureConfig, include: Ranges, { family }: FamilyAddresses): readonly Rule[] {
  const output = inChain("nat", "ISTIO_OUTPUT");
  const redirect = continueIn("ISTIO_REDIRECT");
  const fromMachine = (range: readonly string[]) =>
    allItems(config.virtualInterfaces).map((name) =>
      inChain("nat", "PREROUTING")([into(name), ...range.map(to)], redirect, "so that Envoy takes connections of a virtual machine", {
        family,
        insertAt: 1,
      }),
    );
  if (include.isAll)
    return [
      output([], redirect, "so that Envoy takes all other outbound connections", { family }),
      ...(family === 4 ? fromMachine([]) : exemptInterfaces(config, 6)),
    ];
  const ranges = family === 4 ? include.v4 : include.v6;
  if (ranges.length === 0) return [];
  return [
    ...ranges.flatMap((range) => [...fromMachine([range]), output([to(range)], redirect, "because the range is captured", { family })]),
    output([], RETURN, "because no other range is captured", { family }),
  ];
}

function dnsRules({ gids }: CaptureConfig): readonly Rule[] {
  const output = inChain("nat", "OUTPUT");
  return [
    ...allItems(gids)
      .filter((gid) => gid !== "0")
      .map((gid) => output([UDP, toPort("53"), ownedBy("gid", gid)], RETURN, "because it is a request of the agent", { family: 4 })),
    output([UDP, toPort("53")], redirectTo(AGENT_DNS_PORT), "where the agent answers DNS requests", { family: 4 }),
  ];
}
