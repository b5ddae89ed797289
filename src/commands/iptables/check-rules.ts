import { bad, ok, type Parsed } from "../../go/parsed.ts";
import { type Difference, differences, differenceText, withoutFound } from "../../iptables/differences.ts";
import { checkWords } from "../../iptables/iptables-words.ts";
import type { ProgramSet } from "../../iptables/program-set.ts";
import { OWN_CHAIN, type Rule, rulesOf } from "../../iptables/rule.ts";
import { type SavedState, savedState } from "../../iptables/saved-state.ts";
import { detectPrograms } from "./detect-programs.ts";
import { type Programming, withRemedy } from "./program-rules.ts";
import { openXtables, type Xtables } from "./xtables.ts";

/** Compares the rules of the kernel with the planned ones, without changing anything. Returns the differences in words. */
export async function checkRules({ config, plan, host, log }: Programming): Promise<Parsed<readonly string[]>> {
  if (!plan.ok) return plan;
  const detection = { host, log, forced: config.program, tests: false };
  const xtables = openXtables(host, log, undefined);
  const found: string[] = [];
  for (const family of config.hasV6 ? ([4, 6] as const) : ([4] as const)) {
    const set = await detectPrograms(family, detection);
    if (!set.ok) return bad(withRemedy(set.error));
    const saved = await xtables.save(set.value);
    if (saved.reason !== undefined)
      return bad(withRemedy(`Cannot read the rules with ${set.value.name}-save: ${saved.reason} ${saved.stderr}`));
    const all = await familyDifferences(set.value, savedState(saved.stdout), rulesOf(plan.value.rules, family), xtables);
    found.push(...all.map((each) => differenceText(each, family)));
  }
  return ok(found);
}

/** iptables decides about rules that are not found by their words, such as a user by name. */
async function familyDifferences(
  set: ProgramSet,
  state: SavedState,
  rules: readonly Rule[],
  xtables: Xtables,
): Promise<readonly Difference[]> {
  const all = differences(state, rules);
  const found: Difference[] = [];
  for (const each of all) {
    if (each.kind !== "missing" || !mayBeThere(each, all)) continue;
    if ((await xtables.change(set, checkWords(each.rule), true)).reason === undefined) found.push(each);
  }
  return withoutFound(all, found);
}

/** In our chains, a rule in other words is one that is not expected; in built-in ones, it may be any. */
function mayBeThere(missing: Difference, all: readonly Difference[]): boolean {
  const isSame = ({ table, chain }: Difference) => table === missing.table && chain === missing.chain;
  return !missing.chain.startsWith(OWN_CHAIN) || all.some((each) => each.kind === "unexpected" && isSame(each));
}
