import { newChains, TABLES } from "./restore-document.ts";
import { OWN_CHAIN, type Rule, type TableName } from "./rule.ts";

/** The chains of each table with their rules, as iptables-save words them, without `-A CHAIN`. A built-in chain without rules is absent. */
export type SavedState = ReadonlyMap<TableName, ReadonlyMap<string, readonly string[]>>;

/** Parses the output of iptables-save; lines it does not know are ignored. */
export function savedState(text: string): SavedState {
  const state = new Map(TABLES.map((table) => [table, new Map<string, string[]>()] as const));
  let chains: Map<string, string[]> | undefined;
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) {
      const name = line.slice(1).trim();
      const table = TABLES.find((each) => each === name);
      chains = table === undefined ? undefined : state.get(table);
    } else if (line.startsWith(`:${OWN_CHAIN}`)) rulesOf(chains, line.slice(1).split(" ")[0] ?? "");
    else {
      const [, chain, rule] = /^(?:\[\d+:\d+\] )?-A (\S+)(?: (.*))?$/.exec(line.trimEnd()) ?? [];
      if (chain !== undefined) rulesOf(chains, chain).push(rule ?? "");
    }
  }
  return state;
}

function rulesOf(chains: Map<string, string[]> | undefined, chain: string): string[] {
  const rules = chains?.get(chain) ?? [];
  chains?.set(chain, rules);
  return rules;
}

/** Reports whether anything is there, of whatever origin: every rule counts. */
export function hasResidue(state: SavedState): boolean {
  return [...state.values()].some((chains) => chains.size > 0);
}

/** Returns the tables that differ between two states. */
export function changedTables(before: SavedState, after: SavedState): readonly TableName[] {
  return TABLES.filter((table) => JSON.stringify([...(before.get(table) ?? [])]) !== JSON.stringify([...(after.get(table) ?? [])]));
}

/**
 * Compares a state with the planned rules of its family, by chains and the number of their rules. "unknown": each rule must be looked up. The
 * order of rules does not count.
 */
export function drift(state: SavedState, rules: readonly Rule[]): "yes" | "no" | "unknown" {
  if (!hasResidue(state)) return rules.length > 0 ? "yes" : "no";
  const planned = plannedChains(rules);
  for (const [table, chains] of planned)
    for (const [chain, count] of chains) {
      const found = state.get(table)?.get(chain);
      if (found === undefined || (chain.startsWith(OWN_CHAIN) && found.length !== count)) return "yes";
    }
  for (const [table, chains] of state)
    for (const chain of chains.keys()) if (chain.startsWith(OWN_CHAIN) && planned.get(table)?.has(chain) !== true) return "yes";
  return rules.length > 0 ? "unknown" : "no";
}

/** Returns the chains that the rules need, with the number of their rules. */
function plannedChains(rules: readonly Rule[]): ReadonlyMap<TableName, ReadonlyMap<string, number>> {
  return new Map(
    TABLES.map((table) => {
      const own = rules.filter((rule) => rule.table === table);
      const counts = new Map(newChains(own, true).map((chain) => [chain, 0]));
      for (const { chain } of own) counts.set(chain, (counts.get(chain) ?? 0) + 1);
      return [table, counts] as const;
    }),
  );
}
