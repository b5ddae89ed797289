import { addWords } from "./iptables-words.ts";
import type { Rule, TableName } from "./rule.ts";

const BUILT_IN: readonly string[] = ["INPUT", "OUTPUT", "FORWARD", "PREROUTING", "POSTROUTING"];
const VERDICTS: readonly string[] = ["ACCEPT", "RETURN", "DROP"];

/** The tables in the order of a document. */
export const TABLES: readonly TableName[] = ["filter", "mangle", "nat", "raw"];

/** Returns the input of iptables-restore for the rules of one family. `createsTargets`: also chains that no rule is in, but one jumps to. */
export function restoreDocument(rules: readonly Rule[], createsTargets: boolean): string {
  const lines = TABLES.flatMap((table) => {
    const own = rules.filter((rule) => rule.table === table);
    if (own.length === 0) return [];
    const chains = newChains(own, createsTargets).map((chain) => `-N ${chain}`);
    return [`* ${table}`, ...chains, ...own.map((rule) => addWords(rule).join(" ")), "COMMIT"];
  });
  return lines.map((line) => `${line}\n`).join("");
}

/** Returns the chains to create for the rules of a table: those that own rules first, then those that are only jumped to. */
export function newChains(rules: readonly Rule[], createsTargets: boolean): readonly string[] {
  const chains = new Set(rules.map(({ chain }) => chain));
  if (createsTargets) for (const { then } of rules) if (then.kind === "chain") chains.add(then.chain);
  return [...chains].filter(isNew);
}

/** Returns the tables and chains that own rules, without built-in chains, in order of the first rule. */
export function ownedChains(rules: readonly Rule[]): readonly { readonly table: TableName; readonly chain: string }[] {
  const seen = new Set<string>();
  return rules
    .filter(({ chain }) => isNew(chain))
    .filter(({ table, chain }) => {
      const key = `${table} ${chain}`;
      if (seen.has(key)) return false;
      seen.add(key);
      return true;
    })
    .map(({ table, chain }) => ({ table, chain }));
}

function isNew(chain: string): boolean {
  return !BUILT_IN.includes(chain) && !VERDICTS.includes(chain);
}
