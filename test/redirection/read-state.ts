import type { Ended } from "./machine.ts";

/**
 * What the kernel has: the rules of a chain by the program, table and chain, `iptables nat OUTPUT`, without counters; and what `ip` shows
 * of marks, local routes, and the addresses of loopback. What is empty is absent, as is a built-in chain without rules.
 */
export type State = Readonly<Record<string, readonly string[]>>;

type Run = (command: readonly string[]) => Promise<Ended>;

/** Reads what the kernel has, by the real programs of both variants. */
export async function readState(run: Run): Promise<State> {
  const lines = async (command: string) => {
    const { status, out } = await run(command.split(" "));
    return status === 0 ? out.split("\n").filter((line) => line.trim() !== "") : [];
  };
  const saved = async (variant: string, stem: string, name = stem) => chainsOf(name, await lines(`xtables-${variant}-multi ${stem}-save`));
  const matching = async (command: string, pattern: RegExp) =>
    (await lines(command)).flatMap((line) => pattern.exec(line)?.[0].trim() ?? []);
  const all = {
    ...(await saved("nft", "iptables")),
    ...(await saved("nft", "ip6tables")),
    ...(await saved("legacy", "iptables", "iptables-legacy")),
    ...(await saved("legacy", "ip6tables", "ip6tables-legacy")),
    ...nativeChainsOf(await lines("nft list ruleset")),
    // The kernel takes an identical rule again, which has no further effect.
    rules4: unique(await matching("ip -4 rule", /fwmark.*/)),
    rules6: unique(await matching("ip -6 rule", /fwmark.*/)),
    routes4: await matching("ip -4 route show table all", /^local default.*/),
    routes6: await matching("ip -6 route show table all", /^local default.*/),
    lo6: await matching("ip -6 -o address show dev lo", /inet6 \S+/),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value.length > 0));
}

/** Returns the chains of what `iptables-save` prints. */
function chainsOf(program: string, lines: readonly string[]): State {
  const chains: Record<string, string[]> = {};
  let table = "";
  for (const line of lines) {
    if (line.startsWith("*")) table = line.slice(1);
    const [, declared] = /^:(\S+) - /.exec(line) ?? [];
    const [, chain = declared, rule] = /^-A (\S+) (.*)/.exec(line) ?? [];
    if (chain === undefined) continue;
    const key = `${program} ${table} ${chain}`;
    chains[key] ??= declared === undefined ? [] : [`:${declared}`];
    if (rule !== undefined) chains[key].push(rule);
  }
  return chains;
}

/** Returns the chains of what `nft list ruleset` prints, without the tables of a variant of iptables. */
function nativeChainsOf(lines: readonly string[]): State {
  const chains: Record<string, string[]> = {};
  let table = "";
  let chain: string[] | undefined;
  for (const line of lines) {
    const [, newTable] = /^table (.*) \{/.exec(line) ?? [];
    const [, newChain] = /^\tchain (\S+) \{/.exec(line) ?? [];
    if (newTable !== undefined) {
      table = newTable;
      if (!/^ip6? (filter|nat|mangle|raw|security)$/.test(table)) chains[`nft ${table}`] = ["table"];
    } else if (newChain !== undefined && `nft ${table}` in chains) {
      chain = [];
      chains[`nft ${table} ${newChain}`] = chain;
    } else if (line.trim() === "}") chain = undefined;
    else chain?.push(line.trim().replace(/counter packets \d+ bytes \d+/, "counter"));
  }
  return chains;
}

function unique(lines: readonly string[]): readonly string[] {
  return [...new Set(lines)];
}
