import { formatPrefix, parseNetwork } from "../go/ip-prefix.ts";
import { orderedChains } from "./effective-order.ts";
import { NFT_TABLES, nftRules, nftTable } from "./nft-document.ts";
import { nftChain, nftRule } from "./nft-words.ts";
import type { Rule } from "./rule.ts";

/** The chains of our tables with their rules, as nft lists them, by table and chain. */
export type NftState = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

/** Parses what `nft list ruleset` prints, as far as our tables are concerned. */
export function nftState(listing: string): NftState {
  const state = new Map<string, Map<string, string[]>>();
  let table: Map<string, string[]> | undefined;
  let chain: string[] | undefined;
  for (const line of listing.split("\n").map((each) => each.trim())) {
    const [, family, name = ""] = /^table (\S+) (\S+) \{$/.exec(line) ?? [];
    const [, chainName] = /^chain (\S+) \{$/.exec(line) ?? [];
    if (family !== undefined) {
      table = family === "inet" && NFT_TABLES.includes(name) ? new Map() : undefined;
      if (table !== undefined) state.set(name, table);
    } else if (chainName !== undefined) {
      chain = [];
      table?.set(chainName, chain);
    } else if (line === "}") chain = undefined;
    else if (line !== "" && !line.startsWith("type ")) chain?.push(line);
  }
  return state;
}

/** Returns how our tables differ from the planned rules, in words. */
export function nftDifferences(state: NftState, rules: readonly Rule[], hasV6: boolean): readonly string[] {
  const planned = orderedChains(nftRules(rules, hasV6)).map(({ table, chain, rules: own }) => ({
    table: nftTable(table),
    chain: nftChain(chain),
    rules: own.map(nftRule),
  }));
  const unexpected = [...state].flatMap(([table, chains]) =>
    [...chains]
      .filter(([chain, found]) => found.length > 0 && !planned.some((each) => each.table === table && each.chain === chain))
      .map(([chain]) => `table ${table}: the chain ${chain} is not expected`),
  );
  return [...planned.flatMap((each) => chainDifferences(state.get(each.table)?.get(each.chain), each)), ...unexpected];
}

function chainDifferences(
  found: readonly string[] | undefined,
  { table, chain, rules }: { readonly table: string; readonly chain: string; readonly rules: readonly string[] },
): readonly string[] {
  if (found === undefined) return [`table ${table}: the chain ${chain} is missing`];
  const rest = found.map((text) => ({ text, normal: normalNftRule(text) }));
  const missing = rules.filter((rule) => {
    const at = rest.findIndex(({ normal }) => normal === normalNftRule(rule));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  if (missing.length === 0 && rest.length === 0) {
    const isOrdered = rules.every((rule, at) => normalNftRule(rule) === normalNftRule(found[at] ?? ""));
    return isOrdered ? [] : [`table ${table}: the rules of ${chain} are in another order`];
  }
  return [
    ...missing.map((rule) => `table ${table}: missing in ${chain}: ${rule}`),
    ...rest.map(({ text }) => `table ${table}: not expected in ${chain}: ${text.replace(COUNTS, "counter")}`),
  ];
}

const COUNTS = /counter packets \d+ bytes \d+/g;

/** Returns a rule as nft would list it, whether it is from a document or a listing. */
export function normalNftRule(text: string): string {
  return text
    .replace(COUNTS, "counter")
    .replaceAll('"', "")
    .replace(/^(.*?)meta l4proto (?:tcp|udp) (?=.*\b(?:tcp|udp) [ds]port )/, "$1")
    .replace(/(?<!meta )\b(sk[ug]id|mark)\b(?<!ct mark)/g, "meta $1")
    .replace(/(mark (?:set |!= )?)(0x[0-9a-f]+|[0-9]+)/g, (_, before: string, value: string) => `${before}0x${BigInt(value).toString(16)}`)
    .replace(/(ip6? [sd]addr (?:!= )?)(\S+)/g, (_, before: string, value: string) => `${before}${network(value)}`)
    .replace(/\{ ([^}]*) \}/g, (_, items: string) => `{ ${items.split(", ").sort().join(", ")} }`)
    .replace(/ct state (\S+)/g, (_, states: string) => `ct state ${states.split(",").sort().join(",")}`);
}

function network(text: string): string {
  const parsed = parseNetwork(text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`);
  return parsed.ok ? formatPrefix(parsed.value) : text;
}
