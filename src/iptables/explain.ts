import { type OrderedChain, orderedChains } from "./effective-order.ts";
import { type Match, type Rule, rulesOf, type TableName, type Target } from "./rule.ts";

/** Where packets meet rules, in order, with the traffic that they are. */
const WAYS = [
  { title: "Traffic that arrives at the pod", chain: "PREROUTING" },
  { title: "Traffic that the pod sends", chain: "OUTPUT" },
] as const;
const TABLE_ORDER: readonly TableName[] = ["raw", "mangle", "nat", "filter"];

/** Returns the rules of both families in words, in the order in which packets meet them; those of IPv6 only if they exist. */
export function explanation(rules: readonly Rule[], hasV6: boolean): readonly string[] {
  if (!hasV6) return family(rules, 4);
  return ([4, 6] as const).flatMap((each) => [`IPv${each}`, "", ...family(rules, each)]);
}

function family(rules: readonly Rule[], of: 4 | 6): readonly string[] {
  const chains = orderedChains(rulesOf(rules, of));
  const shown = new Set<OrderedChain>();
  return WAYS.flatMap(({ title, chain }) => [`${title}:`, ...TABLE_ORDER.flatMap((table) => chainLines(chains, table, chain, shown)), ""]);
}

/** Returns the lines of a chain and of those that it continues in, each chain once. */
function chainLines(chains: readonly OrderedChain[], table: TableName, name: string, shown: Set<OrderedChain>): readonly string[] {
  const found = chains.find((each) => each.table === table && each.chain === name);
  if (found === undefined || shown.has(found)) return [];
  shown.add(found);
  return [
    `  ${name} (table ${table})`,
    ...found.rules.map((rule) => `    ${ruleText(rule)}`),
    ...found.rules.flatMap(({ then }) => (then.kind === "chain" ? chainLines(chains, table, then.chain, shown) : [])),
  ];
}

/** Returns a rule in words: what it applies to, what happens, and why. */
function ruleText({ when, then, why, table, chain }: Rule): string {
  const subject = when.map(matchText).join(", ");
  return `${subject === "" ? "everything" : subject}: ${targetText(then, { table, chain })}, ${why}`;
}

function matchText(match: Match): string {
  const but = "not" in match && match.not === true;
  switch (match.kind) {
    case "in":
      return `from interface ${match.interface}`;
    case "out":
      return `through interface ${match.interface}`;
    case "source":
      return `from ${match.address}`;
    case "destination":
      return but ? `not to ${match.address}` : `to ${match.address}`;
    case "protocol":
      return match.protocol.toUpperCase();
    case "to-port":
      return but ? `to any port but ${match.port}` : `to port ${match.port}`;
    case "to-other-ports":
      return `to any port but ${match.ports.join(" and ")}`;
    case "from-port":
      return `from port ${match.port}`;
    case "state":
      return `of connections that are ${match.states.join(" or ").toLowerCase()}`;
    case "uid":
      return but ? `of any user but ${match.id}` : `of user ${match.id}`;
    case "gid":
      return but ? `of any group but ${match.id}` : `of group ${match.id}`;
    case "mark":
      return but ? `without the mark ${match.mark}` : `with the mark ${match.mark}`;
    case "connection-mark":
      return `of connections with the mark ${match.mark}`;
  }
}

/** A return from a chain of ours leaves the packet as it is, as nothing comes after our jumps. */
function targetText(target: Target, { table }: Pick<Rule, "table" | "chain">): string {
  switch (target.kind) {
    case "chain":
      return `continues in ${target.chain}`;
    case "return":
      return table === "mangle" ? "left as it is" : "not captured";
    case "accept":
      return "accepted";
    case "drop":
      return "dropped";
    case "redirect":
      return `redirected to port ${target.port}`;
    case "tproxy":
      return `given to port ${target.port} with the mark ${target.mark}`;
    case "set-mark":
      return `gets the mark ${target.mark}`;
    case "save-mark":
      return "its mark becomes that of the connection";
    case "restore-mark":
      return "gets the mark of the connection";
    case "zone":
      return `tracked in zone ${target.zone}`;
  }
}
