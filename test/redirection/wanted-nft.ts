/** The rules of a native document, each `TABLE CHAIN WORDS`; tables and base chains are declared before. */
function nativeDocument(rules: readonly string[]): string {
  const declared = new Set<string>();
  for (const rule of rules) {
    const [table = "", chain = ""] = rule.split(" ");
    declared.add(`add table inet istio-proxy-${table}`);
    declared.add(`add chain inet istio-proxy-${table} ${chain}${BASE[`${table} ${chain}`] ?? ""}`);
  }
  return [...declared, ...rules.map((rule) => `add rule inet istio-proxy-${rule}`), ""].join("\n");
}

function base(type: string, hook: string, priority: number): string {
  return ` { type ${type} hook ${hook} priority ${priority} ; }`;
}

const BASE: Readonly<Record<string, string>> = {
  "nat prerouting": base("nat", "prerouting", -100),
  "nat output": base("nat", "output", -100),
  "mangle prerouting": base("filter", "prerouting", -150),
  // Only a chain of this type decides on the route again when a mark changes.
  "mangle output": base("route", "output", -150),
  "raw prerouting": base("filter", "prerouting", -300),
  "raw output": base("filter", "output", -300),
};

const EXCLUDED = ["15090", "15021", "15020"];
const TARGETS = [
  "nat istio-inbound meta l4proto tcp tcp dport 15008 counter return",
  "nat istio-redirect meta l4proto tcp counter redirect to :15001",
  "nat istio-in-redirect meta l4proto tcp counter redirect to :15006",
];
const INBOUND = [
  "nat prerouting meta l4proto tcp counter jump istio-inbound",
  ...EXCLUDED.map((port) => `nat istio-inbound meta l4proto tcp tcp dport ${port} counter return`),
  "nat istio-inbound meta l4proto tcp counter jump istio-in-redirect",
];
const TO_OUTPUT = "nat output counter jump istio-output";
const PASSTHROUGH4 = "nat istio-output oifname lo ip saddr 127.0.0.6/32 counter return";

const proxyOwners = ["skuid", "skgid"];

export const NFT_REDIRECT = nativeDocument([
  ...TARGETS,
  ...INBOUND,
  TO_OUTPUT,
  PASSTHROUGH4,
  ...proxyOwners.flatMap((owner) => [
    `nat istio-output oifname lo meta l4proto tcp ip daddr != 127.0.0.1/32 tcp dport != 15008 ${owner} 1337 counter jump istio-in-redirect`,
    `nat istio-output oifname lo ${owner} != 1337 counter return`,
    `nat istio-output ${owner} 1337 counter return`,
  ]),
  "nat istio-output ip daddr 127.0.0.1/32 counter return",
  "nat istio-output counter jump istio-redirect",
]);

const FAMILIES = [
  { ip: "ip", loopback: "127.0.0.1/32", passthrough: "127.0.0.6/32" },
  { ip: "ip6", loopback: "::1/128", passthrough: "::6/128" },
] as const;

export const NFT_TPROXY = nativeDocument([
  ...TARGETS,
  "mangle istio-divert counter meta mark set 1337",
  "mangle istio-divert counter accept",
  ...FAMILIES.map(
    ({ ip, loopback }) =>
      `mangle istio-tproxy meta l4proto tcp ${ip} daddr != ${loopback} tproxy ${ip} to :15006 meta mark set 1337 counter accept`,
  ),
  "mangle prerouting meta l4proto tcp counter jump istio-inbound",
  "mangle istio-inbound meta l4proto tcp mark 1337 counter return",
  // The rule of IPv6 is inserted before that of IPv4.
  "mangle istio-inbound iifname lo meta l4proto tcp ip6 saddr ::6/128 counter return",
  "mangle istio-inbound iifname lo meta l4proto tcp mark != 1338 counter return",
  "mangle istio-inbound iifname lo meta l4proto tcp ip saddr 127.0.0.6/32 counter return",
  ...EXCLUDED.map((port) => `mangle istio-inbound meta l4proto tcp tcp dport ${port} counter return`),
  "mangle istio-inbound meta l4proto tcp ct state related,established counter jump istio-divert",
  "mangle istio-inbound meta l4proto tcp counter jump istio-tproxy",
  TO_OUTPUT,
  ...FAMILIES.map(({ ip, passthrough }) => `nat istio-output oifname lo ${ip} saddr ${passthrough} counter return`),
  ...proxyOwners.flatMap((owner) => [
    ...FAMILIES.map(
      ({ ip, loopback }) =>
        `nat istio-output oifname lo meta l4proto tcp ${ip} daddr != ${loopback} tcp dport != 15008 ${owner} 1337 counter jump istio-in-redirect`,
    ),
    `nat istio-output oifname lo ${owner} != 1337 counter return`,
    `nat istio-output ${owner} 1337 counter return`,
  ]),
  ...FAMILIES.map(({ ip, loopback }) => `nat istio-output ${ip} daddr ${loopback} counter return`),
  "nat istio-output counter jump istio-redirect",
  "mangle prerouting meta l4proto tcp mark 1337 counter ct mark set mark",
  "mangle output oifname lo meta l4proto tcp mark 1337 counter return",
  ...proxyOwners.flatMap((owner) =>
    FAMILIES.map(
      ({ ip, loopback }) => `mangle output oifname lo meta l4proto tcp ${ip} daddr != ${loopback} ${owner} 1337 counter meta mark set 1338`,
    ),
  ),
  "mangle output meta l4proto tcp ct mark 1337 counter meta mark set ct mark",
]);

export const NFT_DNS = nativeDocument([
  ...TARGETS,
  ...INBOUND,
  TO_OUTPUT,
  PASSTHROUGH4,
  "nat istio-output oifname lo meta l4proto tcp ip daddr != 127.0.0.1/32 tcp dport != { 53, 15008 } skuid 1337 counter jump istio-in-redirect",
  "nat istio-output oifname lo meta l4proto tcp tcp dport != 53 skuid != 1337 counter return",
  "nat istio-output skuid 1337 counter return",
  "nat istio-output oifname lo meta l4proto tcp ip daddr != 127.0.0.1/32 tcp dport != 15008 skgid 1337 counter jump istio-in-redirect",
  "nat istio-output oifname lo meta l4proto tcp tcp dport != 53 skgid != 1337 counter return",
  "nat istio-output skgid 1337 counter return",
  "raw output counter jump istio-output-dns",
  "nat istio-output counter jump istio-output-dns",
  "nat istio-output-dns ip daddr 10.96.0.10/32 tcp dport 53 counter redirect to :15053",
  "nat istio-output-dns ip daddr 10.96.0.10/32 udp dport 53 counter redirect to :15053",
  ...proxyOwners.flatMap((owner) => [
    `raw istio-output-dns udp dport 53 meta ${owner} 1337 counter ct zone set 1`,
    `raw istio-output-dns udp sport 15053 meta ${owner} 1337 counter ct zone set 2`,
  ]),
  "raw prerouting counter jump istio-inbound",
  "raw istio-output-dns udp dport 53 ip daddr 10.96.0.10/32 counter ct zone set 2",
  "raw istio-inbound udp sport 53 ip saddr 10.96.0.10/32 counter ct zone set 1",
  "nat istio-output ip daddr 127.0.0.1/32 counter return",
  "nat istio-output counter jump istio-redirect",
]);
