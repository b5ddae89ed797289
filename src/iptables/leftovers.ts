import { type Cleanup, emptyAndDelete } from "./cleanup-commands.ts";
import { normalRule, savedWords, targetOf } from "./normal-rule.ts";
import { OWN_CHAIN } from "./rule.ts";
import type { SavedState } from "./saved-state.ts";

/** A rule of a built-in chain. */
interface Found {
  readonly table: string;
  readonly chain: string;
  readonly words: readonly string[];
}

/**
 * Returns the commands of a clean-up with those for what it leaves, in the order in which they can be done. `state`: the rules that are there;
 * absent: unknown.
 */
export function wholeCleanup(cleanup: Cleanup, state: SavedState | undefined, dnsPort?: string): Cleanup[keyof Cleanup] {
  const left = state === undefined ? NOTHING : leftoverCommands(state, cleanup, dnsPort);
  return [...cleanup.jumps, ...left.jumps, ...cleanup.chains, ...left.chains];
}

const NOTHING: Cleanup = { jumps: [], chains: [] };

/**
 * Returns the commands that remove what a clean-up leaves of ours: jumps from built-in chains to our chains, the redirection of DNS requests
 * to `dnsPort`, and, if there is any of them, all our chains. Upstream leaves them, so that a clean-up with fewer flags than the rules were
 * made with keeps capturing, and DNS requests go to an agent that is not there.
 */
export function leftoverCommands(state: SavedState, cleanup: Cleanup, dnsPort?: string): Cleanup {
  const planned = cleanup.jumps.map(([, table = "", , chain = "", ...words]) => keyOf({ table, chain, words }));
  const isPlanned = (found: Found) => {
    const at = planned.indexOf(keyOf(found));
    if (at >= 0) planned.splice(at, 1);
    return at >= 0;
  };
  const builtIn = builtInRules(state);
  const jumps = builtIn.filter(({ words }) => targetOf(words).startsWith(OWN_CHAIN)).filter((found) => !isPlanned(found));
  const dns = dnsPort === undefined ? [] : dnsRules(builtIn, dnsPort);
  if (jumps.length + dns.length === 0) return NOTHING;
  // Also those of the clean-up, which may have failed to delete one that a chain without planned rules refers to.
  const chains = ownChains(state).map(({ table, chain }) => emptyAndDelete(table, chain));
  return {
    jumps: [...jumps, ...dns].map(({ table, chain, words }) => ["-t", table, "-D", chain, ...words]),
    // All are emptied before any is deleted: they refer to each other.
    chains: [...chains.flatMap(([empty = []]) => [empty]), ...chains.flatMap(([, remove = []]) => [remove])],
  };
}

function builtInRules(state: SavedState): readonly Found[] {
  return [...state].flatMap(([table, chains]) =>
    [...chains]
      .filter(([chain]) => !chain.startsWith(OWN_CHAIN))
      .flatMap(([chain, rules]) => rules.map((rule) => ({ table, chain, words: savedWords(rule) }))),
  );
}

function ownChains(state: SavedState): readonly { readonly table: string; readonly chain: string }[] {
  return [...state].flatMap(([table, chains]) =>
    [...chains.keys()].filter((chain) => chain.startsWith(OWN_CHAIN)).map((chain) => ({ table, chain })),
  );
}

/** Returns the rules that redirect DNS requests of IPv4, with the exemptions of the agent before them. */
function dnsRules(builtIn: readonly Found[], port: string): readonly Found[] {
  const requests = builtIn.filter(
    ({ table, chain, words }) =>
      table === "nat" && chain === "OUTPUT" && / --dport 53( |$)/.test(` ${normalRule(words)}`) && words.includes("udp"),
  );
  const redirects = requests.filter(
    ({ words }) => normalRule(words) === normalRule(["-p", "udp", "--dport", "53", "-j", "REDIRECT", "--to-ports", port]),
  );
  const exempt = requests.filter(({ words }) => targetOf(words) === "RETURN" && words.includes("--gid-owner"));
  return redirects.length === 0 ? [] : [...exempt, ...redirects];
}

function keyOf({ table, chain, words }: Found): string {
  return `${table} ${chain} ${normalRule(words)}`;
}
