import type { CaptureConfig } from "../../iptables/capture-config.ts";
import { items } from "../../iptables/lists.ts";
import { continueIn, from, fromPort, inChain, type OwnerKind, ownedBy, redirectTo, TCP, to, toPort, UDP } from "../../iptables/matches.ts";
import type { Family, Match, Rule, Target } from "../../iptables/rule.ts";

/** Where the agent answers DNS requests. */
const AGENT_DNS_PORT = "15053";
const UDP_DNS: Match = { kind: "to-port", port: "53", protocol: "udp" };

const output = inChain("nat", "ISTIO_OUTPUT");
const natDns = inChain("nat", "ISTIO_OUTPUT_DNS");
const rawDns = inChain("raw", "ISTIO_OUTPUT_DNS");
const rawInbound = inChain("raw", "ISTIO_INBOUND");

/** A resolver with its family; undefined stands for all of both families. */
type Resolver = { readonly family: Family; readonly address: string } | undefined;

/** Returns the rules that send DNS requests to the agent, with conntrack zones, so that requests of agent and application do not mix. */
export function dnsRules(config: CaptureConfig): readonly Rule[] {
  const resolvers = resolversOf(config);
  const jump = continueIn("ISTIO_OUTPUT_DNS");
  const why = "for DNS requests";
  return [
    inChain("raw", "OUTPUT")([], jump, why),
    ...familiesOf(config).map((family) => output([], jump, why, { family, only: "iptables" })),
    output([], jump, why, { only: "nft" }),
    ...resolvers.map((resolver) => redirect(resolver, TCP, redirectTo(AGENT_DNS_PORT))),
    ...resolvers.map((resolver) => redirect(resolver, UDP, { kind: "redirect", port: AGENT_DNS_PORT, option: "--to-port" })),
    ...items(config.uids).flatMap((id) => ownerZones("uid", id)),
    ...items(config.gids).flatMap((id) => ownerZones("gid", id)),
    ...zoneRules(config),
  ];
}

function resolversOf({ captureAllDns, resolvers: { v4, v6 } }: CaptureConfig): readonly Resolver[] {
  if (captureAllDns) return [undefined];
  return [
    ...v4.map((each) => ({ family: 4, address: `${each}/32` }) as const),
    ...v6.map((each) => ({ family: 6, address: `${each}/128` }) as const),
  ];
}

function familiesOf({ captureAllDns, resolvers: { v4, v6 } }: CaptureConfig): readonly Family[] {
  return ([4, 6] as const).filter((family) => captureAllDns || (family === 4 ? v4 : v6).length > 0);
}

function redirect(resolver: Resolver, protocol: Match, then: Target): Rule {
  const port = protocol === UDP ? UDP_DNS : toPort("53");
  const why = "where the agent answers DNS requests";
  if (resolver === undefined) return natDns([protocol, toPort("53")], then, why, protocol === UDP ? { nft: [UDP_DNS] } : {});
  const { family, address } = resolver;
  return natDns([protocol, toPort("53"), to(address)], then, why, { family, nft: [to(address), port] });
}

function ownerZones(kind: OwnerKind, id: string): readonly Rule[] {
  const owner = { kind, id, isMeta: true } as const;
  return [
    rawDns([UDP, toPort("53"), ownedBy(kind, id)], { kind: "zone", zone: 1 }, "for requests of the agent to the resolver", {
      nft: [UDP_DNS, owner],
    }),
    rawDns([UDP, fromPort("15053"), ownedBy(kind, id)], { kind: "zone", zone: 2 }, "for answers of the agent to the application", {
      nft: [{ kind: "from-port", port: AGENT_DNS_PORT, protocol: "udp" }, owner],
    }),
  ];
}

/** Each family has its jump before the rules of its resolvers; nft has one for both. */
function zoneRules(config: CaptureConfig): readonly Rule[] {
  const jumpOf = inChain("raw", "PREROUTING");
  const jump = continueIn("ISTIO_INBOUND");
  const why = "for answers to DNS requests";
  const resolvers = resolversOf(config);
  if (config.captureAllDns) return [jumpOf([], jump, why), ...resolvers.flatMap(zones)];
  return [
    jumpOf([], jump, why, { only: "nft" }),
    ...familiesOf(config).flatMap((family) => [
      jumpOf([], jump, why, { family, only: "iptables" }),
      ...resolvers.filter((resolver) => resolver?.family === family).flatMap(zones),
    ]),
  ];
}

function zones(resolver: Resolver): readonly Rule[] {
  const requests = { kind: "zone", zone: 2 } as const;
  const answers = { kind: "zone", zone: 1 } as const;
  const [whyRequest, whyAnswer] = ["for requests of the application", "for answers of the resolver to the agent"];
  const udpFrom: Match = { kind: "from-port", port: "53", protocol: "udp" };
  if (resolver === undefined)
    return [
      rawDns([UDP, toPort("53")], requests, whyRequest, { nft: [UDP_DNS] }),
      rawInbound([UDP, fromPort("53")], answers, whyAnswer, { nft: [udpFrom] }),
    ];
  const { family, address } = resolver;
  return [
    rawDns([UDP, toPort("53"), to(address)], requests, whyRequest, { family, nft: [UDP_DNS, to(address)] }),
    rawInbound([UDP, fromPort("53"), from(address)], answers, whyAnswer, { family, nft: [udpFrom, from(address)] }),
  ];
}
