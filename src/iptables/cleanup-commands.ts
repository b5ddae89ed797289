import { deleteWords } from "./iptables-words.ts";
import { ownedChains } from "./restore-document.ts";
import { isJump, OWN_CHAIN, type Rule } from "./rule.ts";

/** The commands that remove rules, as arguments of iptables: first all jumps into our chains, then the chains. */
export interface Cleanup {
  readonly jumps: readonly (readonly string[])[];
  readonly chains: readonly (readonly string[])[];
}

/** Returns the commands that remove the rules of one family, in reverse order. */
export function cleanupCommands(rules: readonly Rule[]): Cleanup {
  const reversed = rules.toReversed();
  return {
    jumps: reversed.filter((rule) => !rule.chain.startsWith(OWN_CHAIN) || isJump(rule)).map(deleteWords),
    chains: ownedChains(reversed).flatMap(({ table, chain }) => emptyAndDelete(table, chain)),
  };
}

/** Returns the commands that remove a chain. */
export function emptyAndDelete(table: string, chain: string): readonly (readonly string[])[] {
  return [
    ["-t", table, "-F", chain],
    ["-t", table, "-X", chain],
  ];
}

/** The rules that drop all traffic while old rules are replaced, by the commands that add and remove them. */
export const GUARDRAILS = {
  add: guardrails((chain) => ["-I", chain, "1"]),
  remove: guardrails((chain) => ["-D", chain]),
} as const;

function guardrails(place: (chain: string) => readonly string[]): readonly (readonly string[])[] {
  return ["INPUT", "FORWARD", "OUTPUT"].flatMap((chain) =>
    ["tcp", "udp"].map((protocol) => ["-t", "filter", ...place(chain), "-p", protocol, "-j", "DROP"]),
  );
}
