import type { Family, Match, Rule, Target } from "./rule.ts";

/** The order in which nft is given the matches of a rule, unless the rule has its own. */
const ORDER: readonly Match["kind"][] = [
  "in",
  "out",
  "protocol",
  "source",
  "destination",
  "state",
  "connection-mark",
  "from-port",
  "to-port",
  "to-other-ports",
  "uid",
  "gid",
  "mark",
];

/** Returns a rule as nft words it: matches, counter and statement. */
export function nftRule({ family = 4, when, then, nft }: Rule): string {
  const matches = nft ?? when.toSorted((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  return [...matches.map((match) => matchText(match, family)), ...statement(then, family)].join(" ");
}

/** Returns the name of a chain: `istio-in-redirect` for `ISTIO_IN_REDIRECT`. */
export function nftChain(chain: string): string {
  return chain.toLowerCase().replaceAll("_", "-");
}

function matchText(match: Match, family: Family): string {
  const ip = family === 4 ? "ip" : "ip6";
  switch (match.kind) {
    case "in":
    case "out":
      return `${match.kind === "in" ? "iifname" : "oifname"} ${match.interface}`;
    case "source":
      return `${ip} saddr ${match.address}`;
    case "destination":
      return `${ip} daddr ${not(match)}${match.address}`;
    case "protocol":
      return `meta l4proto ${match.protocol}`;
    case "to-port":
      return `${match.protocol ?? "tcp"} dport ${not(match)}${match.port}`;
    case "to-other-ports":
      return `tcp dport != { ${match.ports.join(", ")} }`;
    case "from-port":
      return `${match.protocol ?? "tcp"} sport ${match.port}`;
    case "state":
      return `ct state ${match.states.join(",").toLowerCase()}`;
    case "uid":
    case "gid":
      return `${match.isMeta === true ? "meta " : ""}sk${match.kind} ${not(match)}${match.id}`;
    case "mark":
      return `mark ${not(match)}${match.mark}`;
    case "connection-mark":
      return `ct mark ${match.mark}`;
  }
}

function not({ not: isNegated }: { readonly not?: true }): string {
  return isNegated === true ? "!= " : "";
}

function statement(target: Target, family: Family): readonly string[] {
  switch (target.kind) {
    case "chain":
      return ["counter jump", nftChain(target.chain)];
    case "return":
    case "accept":
    case "drop":
      return ["counter", target.kind];
    case "save-mark":
      return ["counter ct mark set mark"];
    case "restore-mark":
      return ["counter meta mark set ct mark"];
    case "redirect":
      return [`counter redirect to :${target.port}`];
    case "set-mark":
      return ["counter meta mark set", target.mark];
    case "tproxy":
      return [`tproxy ${family === 4 ? "ip" : "ip6"} to :${target.port} meta mark set ${target.mark} counter accept`];
    case "zone":
      return [`counter ct zone set ${target.zone}`];
  }
}
