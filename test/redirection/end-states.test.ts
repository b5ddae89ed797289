import { describe, expect, test } from "bun:test";
import { DUAL, INJECTED } from "./arguments.ts";
import { type MachineSetting, openMachine } from "./machine.ts";
import { stateOfWanted, type Wanted } from "./wanted.ts";
import { NFT_DNS, NFT_REDIRECT, NFT_TPROXY } from "./wanted-nft.ts";

/** One way of redirecting, and the rules that it is made of by Istio's contract. */
interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly setting?: MachineSetting;
  readonly wanted: Wanted;
}

/** Addresses of loopback and of connections that Envoy makes to its own pod, by family. */
interface Family {
  readonly loopback: string;
  readonly passthrough: string;
}
const V4: Family = { loopback: "127.0.0.1/32", passthrough: "127.0.0.6/32" };
const V6: Family = { loopback: "::1/128", passthrough: "::6/128" };

/** The chains that redirect, with the ports of Envoy; the tunnel's port is never captured. */
const TARGETS: readonly string[] = [
  "ISTIO_INBOUND@nat -p tcp --dport 15008 -j RETURN",
  "ISTIO_REDIRECT@nat -p tcp -j REDIRECT --to-ports 15001",
  "ISTIO_IN_REDIRECT@nat -p tcp -j REDIRECT --to-ports 15006",
];

/** Inbound connections to every port but those. */
function inboundAll(ports: readonly string[]): readonly string[] {
  return [
    "PREROUTING@nat -p tcp -j ISTIO_INBOUND",
    ...ports.map((port) => `ISTIO_INBOUND@nat -p tcp --dport ${port} -j RETURN`),
    "ISTIO_INBOUND@nat -p tcp -j ISTIO_IN_REDIRECT",
  ];
}

/** The proxy's own traffic, by an owner match. */
function exempt({ loopback }: Family, owner: string): readonly string[] {
  return [
    `ISTIO_OUTPUT@nat -o lo ! -d ${loopback} -p tcp ! --dport 15008 -m owner ${owner} -j ISTIO_IN_REDIRECT`,
    `ISTIO_OUTPUT@nat -o lo -m owner ! ${owner} -j RETURN`,
    `ISTIO_OUTPUT@nat -m owner ${owner} -j RETURN`,
  ];
}

function proxy(family: Family): readonly string[] {
  return [
    `ISTIO_OUTPUT@nat -o lo -s ${family.passthrough} -j RETURN`,
    ...exempt(family, "--uid-owner 1337"),
    ...exempt(family, "--gid-owner 1337"),
  ];
}

/** What the injector's usual arguments make. */
function injected(family: Family): readonly string[] {
  return [
    ...TARGETS,
    ...inboundAll(["15090", "15021", "15020"]),
    "OUTPUT@nat -j ISTIO_OUTPUT",
    ...proxy(family),
    `ISTIO_OUTPUT@nat -d ${family.loopback} -j RETURN`,
    "ISTIO_OUTPUT@nat -j ISTIO_REDIRECT",
  ];
}

/** TPROXY of inbound connections; those of the outside are redirected as ever. */
function tproxy({ loopback, passthrough }: Family): readonly string[] {
  return [
    ...TARGETS,
    "ISTIO_DIVERT@mangle -j MARK --set-mark 1337",
    "ISTIO_DIVERT@mangle -j ACCEPT",
    `ISTIO_TPROXY@mangle ! -d ${loopback} -p tcp -j TPROXY --tproxy-mark 1337/0xffffffff --on-port 15006`,
    "PREROUTING@mangle -p tcp -j ISTIO_INBOUND",
    "ISTIO_INBOUND@mangle -p tcp -m mark --mark 1337 -j RETURN",
    `ISTIO_INBOUND@mangle -p tcp -s ${passthrough} -i lo -j RETURN`,
    "ISTIO_INBOUND@mangle -p tcp -i lo -m mark ! --mark 1338 -j RETURN",
    ...["15090", "15021", "15020"].map((port) => `ISTIO_INBOUND@mangle -p tcp --dport ${port} -j RETURN`),
    "ISTIO_INBOUND@mangle -p tcp -m conntrack --ctstate RELATED,ESTABLISHED -j ISTIO_DIVERT",
    "ISTIO_INBOUND@mangle -p tcp -j ISTIO_TPROXY",
    "OUTPUT@nat -j ISTIO_OUTPUT",
    ...proxy({ loopback, passthrough }),
    `ISTIO_OUTPUT@nat -d ${loopback} -j RETURN`,
    "ISTIO_OUTPUT@nat -j ISTIO_REDIRECT",
    "PREROUTING@mangle -p tcp -m mark --mark 1337 -j CONNMARK --save-mark",
    "OUTPUT@mangle -p tcp -o lo -m mark --mark 1337 -j RETURN",
    `OUTPUT@mangle ! -d ${loopback} -p tcp -o lo -m owner --uid-owner 1337 -j MARK --set-mark 1338`,
    `OUTPUT@mangle ! -d ${loopback} -p tcp -o lo -m owner --gid-owner 1337 -j MARK --set-mark 1338`,
    "OUTPUT@mangle -p tcp -m connmark --mark 1337 -j CONNMARK --restore-mark",
  ];
}

/** Outbound rules of the proxy when DNS is captured: its resolver must not hear itself. */
function proxyWithDns({ loopback, passthrough }: Family): readonly string[] {
  const rest = (owner: string) => [
    `ISTIO_OUTPUT@nat -o lo -p tcp ! --dport 53 -m owner ! ${owner} -j RETURN`,
    `ISTIO_OUTPUT@nat -m owner ${owner} -j RETURN`,
  ];
  return [
    `ISTIO_OUTPUT@nat -o lo -s ${passthrough} -j RETURN`,
    `ISTIO_OUTPUT@nat -o lo ! -d ${loopback} -p tcp -m multiport ! --dports 53,15008 -m owner --uid-owner 1337 -j ISTIO_IN_REDIRECT`,
    ...rest("--uid-owner 1337"),
    `ISTIO_OUTPUT@nat -o lo ! -d ${loopback} -p tcp ! --dport 15008 -m owner --gid-owner 1337 -j ISTIO_IN_REDIRECT`,
    ...rest("--gid-owner 1337"),
  ];
}

/** The capture of queries to resolvers, in one family; with `[""]` of all queries. */
function dns(family: Family, resolvers: readonly string[]): readonly string[] {
  const [to, from] = [(each: string) => (each === "" ? "" : ` -d ${each}`), (each: string) => (each === "" ? "" : ` -s ${each}`)];
  return [
    ...TARGETS,
    ...inboundAll(["15090", "15021", "15020"]),
    "OUTPUT@nat -j ISTIO_OUTPUT",
    ...proxyWithDns(family),
    "OUTPUT@raw -j ISTIO_OUTPUT_DNS",
    "ISTIO_OUTPUT@nat -j ISTIO_OUTPUT_DNS",
    ...resolvers.map((each) => `ISTIO_OUTPUT_DNS@nat -p tcp --dport 53${to(each)} -j REDIRECT --to-ports 15053`),
    ...resolvers.map((each) => `ISTIO_OUTPUT_DNS@nat -p udp --dport 53${to(each)} -j REDIRECT --to-ports 15053`),
    ...["--uid-owner 1337", "--gid-owner 1337"].flatMap((owner) => [
      `ISTIO_OUTPUT_DNS@raw -p udp --dport 53 -m owner ${owner} -j CT --zone 1`,
      `ISTIO_OUTPUT_DNS@raw -p udp --sport 15053 -m owner ${owner} -j CT --zone 2`,
    ]),
    "PREROUTING@raw -j ISTIO_INBOUND",
    ...resolvers.flatMap((each) => [
      `ISTIO_OUTPUT_DNS@raw -p udp --dport 53${to(each)} -j CT --zone 2`,
      `ISTIO_INBOUND@raw -p udp --sport 53${from(each)} -j CT --zone 1`,
    ]),
    `ISTIO_OUTPUT@nat -d ${family.loopback} -j RETURN`,
    "ISTIO_OUTPUT@nat -j ISTIO_REDIRECT",
  ];
}

const OWN_ADDRESS = "ip -6 address add ::6/128 dev lo";
const ROUTE4 = "ip -4 rule add fwmark 1337 lookup 133; ip -4 route add local default dev lo table 133";
const ROUTE6 = "ip -6 rule add fwmark 1337 lookup 133; ip -6 route add local default dev lo table 133";
const TPROXY = [...INJECTED, "-m", "TPROXY"];

const CASES: readonly Case[] = [
  { name: "REDIRECT", args: INJECTED, wanted: { iptables: injected(V4) } },
  {
    name: "REDIRECT with the legacy variant",
    args: INJECTED,
    // A set with a suffix is only used when it has rules.
    setting: { programs: ["legacy"], files: {} },
    env: { FORCE_IPTABLES_BINARY: "legacy" },
    wanted: { iptables: injected(V4), variant: "legacy" },
  },
  {
    name: "REDIRECT on an IPv6 host",
    args: INJECTED,
    setting: { interfaces: { eth0: ["fd00::16/64"] } },
    wanted: { iptables: injected(V4), ip6tables: injected(V6), shell: OWN_ADDRESS },
  },
  {
    name: "REDIRECT on a host with both families",
    args: [...INJECTED, "--dual-stack"],
    setting: { interfaces: DUAL },
    wanted: { iptables: injected(V4), ip6tables: injected(V6), shell: OWN_ADDRESS },
  },
  { name: "both families, of which IPv4 alone is used", args: INJECTED, setting: { interfaces: DUAL }, wanted: { iptables: injected(V4) } },
  { name: "TPROXY", args: TPROXY, wanted: { iptables: tproxy(V4), shell: ROUTE4 } },
  {
    name: "TPROXY with the legacy variant on a host with both families",
    args: [...TPROXY, "--dual-stack", "--force-iptables-binary", "legacy"],
    setting: { interfaces: DUAL, programs: ["legacy"] },
    wanted: { iptables: tproxy(V4), ip6tables: tproxy(V6), variant: "legacy", shell: [OWN_ADDRESS, ROUTE4, ROUTE6].join("; ") },
  },
  {
    name: "ports, ranges and interfaces",
    args: [
      ...["istio-iptables", "-p", "16001", "-z", "16006", "-e", "16008", "-u", "1337", "-g", "2000", "-b", "80,443", "-d", "9"],
      ...["-i", "10.1.2.3/8,fd01::/16", "-x", "10.9.0.0/16,fd01:9::/32", "-q", "3306", "-o", "22,2222", "-c", "eth1", "-k", "virt0,virt1"],
      "--dual-stack",
    ],
    setting: { interfaces: { ...DUAL, eth1: ["192.0.2.5/24"] } },
    wanted: {
      iptables: listed(V4, { taken: "10.1.2.3/8", left: "10.9.0.0/16" }),
      ip6tables: listed(V6, { taken: "fd01::/16", left: "fd01:9::/32" }),
      shell: OWN_ADDRESS,
    },
  },
  {
    name: "owner groups that are left out, and invalid packets",
    args: [...INJECTED, "--drop-invalid"],
    env: { ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: "2001,2002" },
    wanted: {
      iptables: [
        "PREROUTING@mangle -m conntrack --ctstate INVALID -j ISTIO_DROP",
        "ISTIO_DROP@mangle -j DROP",
        ...before(injected(V4), "ISTIO_OUTPUT@nat -d 127.0.0.1/32 -j RETURN", [
          "ISTIO_OUTPUT@nat -m owner --gid-owner 2001 -j RETURN",
          "ISTIO_OUTPUT@nat -m owner --gid-owner 2002 -j RETURN",
        ]),
      ],
    },
  },
  {
    name: "owner groups that are captured alone",
    args: INJECTED,
    env: { ISTIO_OUTBOUND_OWNER_GROUPS: "2001,2002", ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE: "2003" },
    wanted: {
      iptables: before(injected(V4), "ISTIO_OUTPUT@nat -d 127.0.0.1/32 -j RETURN", [
        "ISTIO_OUTPUT@nat -m owner ! --gid-owner 2001 -m owner ! --gid-owner 2002 -j RETURN",
      ]),
    },
  },
  {
    name: "DNS with conntrack zones",
    args: [...INJECTED, "--redirect-dns"],
    setting: { files: { "/etc/resolv.conf": "search a.b\nnameserver 10.96.0.10\nnameserver 10.96.0.11\n" } },
    wanted: { iptables: dns(V4, ["10.96.0.10/32", "10.96.0.11/32"]) },
  },
  {
    name: "DNS with the legacy variant, whatever the resolver, in both families",
    args: [...INJECTED, "--redirect-dns", "--capture-all-dns", "--dual-stack", "--force-iptables-binary=legacy"],
    setting: { programs: ["legacy"], interfaces: DUAL },
    wanted: { iptables: dns(V4, [""]), ip6tables: dns(V6, [""]), variant: "legacy", shell: OWN_ADDRESS },
  },
  { name: "native nftables", args: [...INJECTED, "--native-nftables"], setting: { programs: [] }, wanted: { nft: NFT_REDIRECT } },
  {
    name: "native nftables with TPROXY in both families",
    args: [...TPROXY, "--native-nftables", "--dual-stack"],
    setting: { programs: [], interfaces: DUAL },
    wanted: { nft: NFT_TPROXY, shell: [OWN_ADDRESS, ROUTE4, ROUTE6].join("; ") },
  },
  {
    name: "native nftables with DNS",
    args: [...INJECTED, "--native-nftables", "--redirect-dns"],
    setting: { programs: [] },
    wanted: { nft: NFT_DNS },
  },
];

/** Lists instead of `*`: with other ports, another group, and interfaces. */
function listed(family: Family, { taken, left }: { readonly taken: string; readonly left: string }): readonly string[] {
  const owners = ["--uid-owner 1337", "--gid-owner 2000"].flatMap((owner) => exempt(family, owner));
  return [
    // Each is inserted as the first.
    ...["virt1", "virt0"].map((each) => `PREROUTING@nat -i ${each} -d ${taken} -j ISTIO_REDIRECT`),
    ...["virt1", "virt0"].map((each) => `PREROUTING@nat -i ${each} -j RETURN`),
    "PREROUTING@nat -i eth1 -j RETURN",
    "OUTPUT@nat -o eth1 -j RETURN",
    "ISTIO_INBOUND@nat -p tcp --dport 15008 -j RETURN",
    "ISTIO_REDIRECT@nat -p tcp -j REDIRECT --to-ports 15001",
    "ISTIO_IN_REDIRECT@nat -p tcp -j REDIRECT --to-ports 15006",
    "PREROUTING@nat -p tcp -j ISTIO_INBOUND",
    "ISTIO_INBOUND@nat -p tcp --dport 80 -j ISTIO_IN_REDIRECT",
    "ISTIO_INBOUND@nat -p tcp --dport 443 -j ISTIO_IN_REDIRECT",
    "OUTPUT@nat -j ISTIO_OUTPUT",
    ...["22", "2222"].flatMap((port) => ["tcp", "udp"].map((protocol) => `ISTIO_OUTPUT@nat -p ${protocol} --dport ${port} -j RETURN`)),
    `ISTIO_OUTPUT@nat -o lo -s ${family.passthrough} -j RETURN`,
    ...owners,
    `ISTIO_OUTPUT@nat -d ${family.loopback} -j RETURN`,
    `ISTIO_OUTPUT@nat -d ${left} -j RETURN`,
    "ISTIO_OUTPUT@nat -p tcp --dport 3306 -j ISTIO_REDIRECT",
    `ISTIO_OUTPUT@nat -d ${taken} -j ISTIO_REDIRECT`,
  ].map((rule) => rule.replace("15001", "16001").replace("15006", "16006").replace("15008", "16008"));
}

/** Returns rules with others put before one of them. */
function before(rules: readonly string[], rule: string, added: readonly string[]): readonly string[] {
  return rules.flatMap((each) => (each === rule ? [...added, each] : [each]));
}

describe.each(CASES)("$name", ({ args, env = {}, setting = {}, wanted }) => {
  test("the rules are those of the contract, a second run leaves them, and a clean-up leaves none", async () => {
    await using machine = await openMachine(setting);
    const first = await machine.agent(args, { env });
    expect(first).toMatchObject({ status: 0 });
    const rules = await stateOfWanted(wanted, setting);
    expect(await machine.state()).toEqual(rules);
    expect(await machine.agent(args, { env })).toMatchObject({ status: 0 });
    expect(await machine.state()).toEqual(rules);
    expect(await machine.agent([...args, "--cleanup-only"], { env })).toMatchObject({ status: 0 });
    const left = Object.keys(await machine.state()).filter((name) => name.includes(" "));
    expect(left).toEqual([]);
  });
});
