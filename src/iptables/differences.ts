import { type OrderedChain, orderedChains } from "./effective-order.ts";
import { ruleWords } from "./iptables-words.ts";
import { normalRule, savedWords, targetOf } from "./normal-rule.ts";
import { newChains, TABLES } from "./restore-document.ts";
import { OWN_CHAIN, type Rule, type TableName } from "./rule.ts";
import type { SavedState } from "./saved-state.ts";

/** One difference between the rules of the kernel and the planned ones. */
export type Difference =
  | { readonly kind: "missing-chain" | "unexpected-chain" | "order"; readonly table: TableName; readonly chain: string }
  /** `rule` is what was not found; iptables may know it in other words. */
  | { readonly kind: "missing"; readonly table: TableName; readonly chain: string; readonly rule: Rule }
  | { readonly kind: "unexpected"; readonly table: TableName; readonly chain: string; readonly text: string };

/** Returns the differences of one family. Rules of others in built-in chains do not count. */
export function differences(state: SavedState, rules: readonly Rule[]): readonly Difference[] {
  return [
    ...chainDifferences(state, rules),
    ...orderedChains(rules).flatMap((each) => ruleDifferences(state, each)),
    ...otherJumps(state, rules),
  ];
}

function chainDifferences(state: SavedState, rules: readonly Rule[]): readonly Difference[] {
  return TABLES.flatMap((table) => {
    const planned = newChains(
      rules.filter((rule) => rule.table === table),
      true,
    );
    const found = [...(state.get(table)?.keys() ?? [])].filter((chain) => chain.startsWith(OWN_CHAIN));
    return [
      ...planned.filter((chain) => !found.includes(chain)).map((chain) => ({ kind: "missing-chain", table, chain }) as const),
      ...found.filter((chain) => !planned.includes(chain)).map((chain) => ({ kind: "unexpected-chain", table, chain }) as const),
    ];
  });
}

/** Compares one chain; in a built-in one, only our jumps can be unexpected. That a chain is missing is reported once. */
function ruleDifferences(state: SavedState, { table, chain, rules }: OrderedChain): readonly Difference[] {
  const isOwn = chain.startsWith(OWN_CHAIN);
  if (isOwn && state.get(table)?.has(chain) !== true) return [];
  const saved = (state.get(table)?.get(chain) ?? []).map((text) => ({ text, words: savedWords(text) }));
  const rest = saved.map(({ text, words }) => ({ text, words, normal: normalRule(words) }));
  const missing: Difference[] = [];
  const order: number[] = [];
  const places = saved.map(({ words }) => normalRule(words));
  for (const rule of rules) {
    const normal = normalRule(ruleWords(rule));
    const at = rest.findIndex((each) => each.normal === normal);
    if (at < 0) missing.push({ kind: "missing", table, chain, rule });
    else {
      rest.splice(at, 1);
      const place = places.indexOf(normal);
      order.push(place);
      places[place] = "";
    }
  }
  const unexpected = rest
    .filter(({ words }) => isOwn || jumpsToOwn(words))
    .map(({ text }) => ({ kind: "unexpected", table, chain, text }) as const);
  const isOrdered = order.every((place, at) => at === 0 || place > (order[at - 1] ?? -1));
  return [...missing, ...unexpected, ...(isOrdered ? [] : [{ kind: "order", table, chain } as const])];
}

/** Returns jumps to our chains in built-in chains without planned rules. */
function otherJumps(state: SavedState, rules: readonly Rule[]): readonly Difference[] {
  return [...state].flatMap(([table, chains]) =>
    [...chains]
      .filter(([chain]) => !chain.startsWith(OWN_CHAIN) && !rules.some((rule) => rule.table === table && rule.chain === chain))
      .flatMap(([chain, saved]) =>
        saved.filter((text) => jumpsToOwn(savedWords(text))).map((text) => ({ kind: "unexpected", table, chain, text }) as const),
      ),
  );
}

function jumpsToOwn(words: readonly string[]): boolean {
  return targetOf(words).startsWith(OWN_CHAIN);
}

/** Returns a difference in words, with the family of its rules. */
export function differenceText(difference: Difference, family: 4 | 6): string {
  const { kind, table, chain } = difference;
  const place = `IPv${family}, table ${table}`;
  switch (kind) {
    case "missing-chain":
      return `${place}: the chain ${chain} is missing`;
    case "unexpected-chain":
      return `${place}: the chain ${chain} is not expected`;
    case "order":
      return `${place}: the rules of ${chain} are in another order`;
    case "missing":
      return `${place}: missing -A ${chain} ${ruleWords(difference.rule).join(" ")}`;
    case "unexpected":
      return `${place}: not expected -A ${chain} ${difference.text}`;
  }
}

/** Leaves out rules that iptables has found, each with one that is not expected in the same chain, which is the same in other words. */
export function withoutFound(all: readonly Difference[], found: readonly Difference[]): readonly Difference[] {
  const spare = found.map(({ table, chain }) => `${table} ${chain}`);
  return all.filter((each) => {
    if (found.includes(each)) return false;
    const at = each.kind === "unexpected" ? spare.indexOf(`${each.table} ${each.chain}`) : -1;
    if (at >= 0) spare.splice(at, 1);
    return at < 0;
  });
}
