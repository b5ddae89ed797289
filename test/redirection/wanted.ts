import { type MachineSetting, openMachine } from "./machine.ts";
import type { State } from "./read-state.ts";

/** What the kernel is to have. Rules of iptables are `CHAIN@TABLE WORDS`, in their order; a chain that is only a target is `CHAIN@TABLE`. */
export interface Wanted {
  readonly iptables?: readonly string[];
  readonly ip6tables?: readonly string[];
  /** The variant whose programs make them. */
  readonly variant?: "nft" | "legacy";
  /** A document for `nft -f`. */
  readonly nft?: string;
  /** Commands for addresses, rules and routes. */
  readonly shell?: string;
}

const BUILT_IN = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

/** Returns the state that rules make on a machine of their own: the kernel and the real programs write all rules alike. */
export async function stateOfWanted(
  { iptables = [], ip6tables = [], variant = "nft", nft, shell }: Wanted,
  setting: MachineSetting,
): Promise<State> {
  await using machine = await openMachine(setting);
  const restored = async (program: string, rules: readonly string[]) => {
    const { status, err } = await machine.run([`${program}-${variant}-restore`], { input: documentOf(rules) });
    if (status !== 0) throw new Error(`${program}: ${err}\n${documentOf(rules)}`);
  };
  if (iptables.length > 0) await restored("iptables", iptables);
  if (ip6tables.length > 0) await restored("ip6tables", ip6tables);
  if (nft !== undefined) {
    const { status, err } = await machine.run(["nft", "-f", "-"], { input: nft });
    if (status !== 0) throw new Error(`nft: ${err}`);
  }
  if (shell !== undefined) await machine.sh(shell);
  return await machine.state();
}

/** Returns a document for `iptables-restore`. */
function documentOf(rules: readonly string[]): string {
  const tables = new Map<string, { readonly chains: Set<string>; readonly lines: string[] }>();
  for (const rule of rules) {
    const [, chain = "", name = "", words = ""] = /^(\w+)@(\w+)(?: (.*))?$/.exec(rule) ?? [];
    const table = tables.get(name) ?? { chains: new Set(), lines: [] };
    tables.set(name, table);
    if (!BUILT_IN.includes(chain)) table.chains.add(chain);
    if (words !== "") table.lines.push(`-A ${chain} ${words}`);
  }
  return [...tables]
    .map(([name, { chains, lines }]) => [`*${name}`, ...[...chains].map((chain) => `-N ${chain}`), ...lines, "COMMIT", ""].join("\n"))
    .join("");
}
