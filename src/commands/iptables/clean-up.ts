import { cleanupCommands } from "../../iptables/cleanup-commands.ts";
import { wholeCleanup } from "../../iptables/leftovers.ts";
import { normalRule, savedWords } from "../../iptables/normal-rule.ts";
import type { ProgramSet } from "../../iptables/program-set.ts";
import type { Rule } from "../../iptables/rule.ts";
import { type SavedState, savedState } from "../../iptables/saved-state.ts";
import type { ProgramEnd } from "./traffic-host.ts";
import type { Xtables } from "./xtables.ts";

/** A command that has failed, and how. */
export interface Stuck {
  readonly command: string;
  readonly end: ProgramEnd;
}

/**
 * Removes what planned rules would have made, and our jumps that are left. Most failures are those of commands for what does not exist; returns
 * the first whose rule or chain is still there.
 */
export async function cleanUpFamily(
  set: ProgramSet,
  rules: readonly Rule[],
  before: SavedState | undefined,
  xtables: Xtables,
): Promise<Stuck | undefined> {
  const failed: (Stuck & { readonly args: readonly string[] })[] = [];
  for (const args of wholeCleanup(cleanupCommands(rules), before)) {
    const end = await xtables.remove(set, args, true);
    if (end.reason !== undefined && exists(before, args)) failed.push({ args, command: `${set.name} ${args.join(" ")}`, end });
  }
  if (failed.length === 0) return undefined;
  const saved = await xtables.save(set);
  if (saved.reason !== undefined) return failed[0];
  const after = savedState(saved.stdout);
  return failed.find(({ args }) => exists(after, args));
}

/** Reports whether there is what a command removes. */
function exists(state: SavedState | undefined, [, table = "", action, chain = "", ...words]: readonly string[]): boolean {
  const rules = [...(state ?? [])].find(([name]) => name === table)?.[1].get(chain);
  if (action !== "-D") return rules !== undefined;
  const wanted = normalRule(words);
  return rules?.some((rule) => normalRule(savedWords(rule)) === wanted) === true;
}
