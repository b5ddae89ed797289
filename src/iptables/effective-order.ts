import type { Rule } from "./rule.ts";

/** The rules of one chain, in the order in which packets meet them. */
export interface OrderedChain {
  readonly table: Rule["table"];
  readonly chain: string;
  readonly rules: readonly Rule[];
}

/** Returns the chains of rules that are added in this order, some of them before earlier ones. */
export function orderedChains(rules: readonly Rule[]): readonly OrderedChain[] {
  const chains = new Map<string, { readonly table: Rule["table"]; readonly chain: string; readonly rules: Rule[] }>();
  for (const rule of rules) {
    const { table, chain, insertAt } = rule;
    const key = `${table} ${chain}`;
    const found = chains.get(key) ?? { table, chain, rules: [] };
    chains.set(key, found);
    found.rules.splice(insertAt === undefined ? found.rules.length : insertAt - 1, 0, rule);
  }
  return [...chains.values()];
}
