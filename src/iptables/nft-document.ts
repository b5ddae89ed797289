import { nftChain, nftRule } from "./nft-words.ts";
import type { Family, Rule, TableName } from "./rule.ts";

/** The tables in the order of the document, with their chains; those of the kernel have a hook. */
const TABLES: readonly {
  readonly table: TableName;
  readonly hooks: Readonly<Record<string, string>>;
  readonly chains: readonly string[];
}[] = [
  {
    table: "nat",
    hooks: { prerouting: hook("nat", "prerouting", -100), output: hook("nat", "output", -100) },
    chains: ["istio-inbound", "istio-redirect", "istio-in-redirect", "istio-output", "istio-output-dns"],
  },
  {
    table: "mangle",
    hooks: { prerouting: hook("filter", "prerouting", -150), output: hook("route", "output", -150) },
    chains: ["istio-divert", "istio-tproxy", "istio-inbound", "istio-drop"],
  },
  {
    table: "raw",
    hooks: { prerouting: hook("filter", "prerouting", -300), output: hook("filter", "output", -300) },
    chains: ["istio-inbound", "istio-output-dns"],
  },
];

function hook(type: string, name: string, priority: number): string {
  return ` { type ${type} hook ${name} priority ${priority} ; }`;
}

/** Returns the names of our native tables. */
export const NFT_TABLES: readonly string[] = TABLES.map(({ table }) => nftTable(table));

/** Returns the rules that nft has, those of IPv6 only if it is enabled. */
export function nftRules(rules: readonly Rule[], hasV6: boolean): readonly Rule[] {
  const families: readonly (Family | undefined)[] = hasV6 ? [undefined, 4, 6] : [undefined, 4];
  return rules.filter((rule) => rule.only !== "iptables" && families.includes(rule.family));
}

/** Returns the input of nft for the rules, those of IPv6 only if it is enabled. */
export function nftDocument(rules: readonly Rule[], hasV6: boolean): readonly string[] {
  const own = nftRules(rules, hasV6);
  return TABLES.flatMap(({ table, hooks, chains }) => {
    const inTable = own.filter((rule) => rule.table === table);
    if (inTable.length === 0) return [];
    const used = new Set(inTable.map(({ chain }) => nftChain(chain)));
    const name = nftTable(table);
    return [
      `add table inet ${name}`,
      `flush table inet ${name}`,
      ...[...Object.keys(hooks), ...chains]
        .filter((chain) => used.has(chain))
        .map((chain) => `add chain inet ${name} ${chain}${hooks[chain] ?? ""}`),
      ...ruleLines(name, inTable),
    ];
  });
}

/** Returns the input of nft that removes all our tables; each is added first, as deleting a missing one is an error. */
export function nftCleanup(): readonly string[] {
  return NFT_TABLES.flatMap((name) => [`add table inet ${name}`, `delete table inet ${name}`]);
}

/** A rule beyond the end of its chain cannot be inserted, so it is added. */
function ruleLines(table: string, rules: readonly Rule[]): readonly string[] {
  const counts = new Map<string, number>();
  return rules.map((rule) => {
    const chain = nftChain(rule.chain);
    const count = counts.get(chain) ?? 0;
    counts.set(chain, count + 1);
    const index = rule.insertAt === undefined ? count : rule.insertAt - 1;
    return index < count
      ? `insert rule inet ${table} ${chain} index ${index} ${nftRule(rule)}`
      : `add rule inet ${table} ${chain} ${nftRule(rule)}`;
  });
}

/** Returns the name of a table of ours. */
export function nftTable(table: TableName): string {
  return `istio-proxy-${table}`;
}
