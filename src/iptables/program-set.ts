import { quote } from "../go/literal.ts";
import { bad, ok, type Parsed } from "../go/parsed.ts";
import { type Family, OWN_CHAIN } from "./rule.ts";
import { hasResidue, savedState } from "./saved-state.ts";

/** The programs that change the rules of one family. */
export interface ProgramSet {
  readonly family: Family;
  /** `iptables-nft`; with `-save` and `-restore` appended, the two others. */
  readonly name: string;
  readonly version: readonly number[];
  /** Whether it uses the old tables of the kernel; otherwise nf_tables. */
  readonly isLegacy: boolean;
}

/** The variants of the programs, by the end of their names. */
export type Variant = "-legacy" | "-nft" | "";

/** Returns the name of a program: `ip6tables-nft`. */
export function programName(family: Family, variant: Variant): string {
  return `${family === 4 ? "iptables" : "ip6tables"}${variant}`;
}

/** The lock has an option since this version of the legacy programs, and a variable for its file since the second. */
const LOCK_OPTION = [1, 6, 2];
const LOCK_VARIABLE = [1, 8, 6];

/** Returns the option that waits for the lock of the legacy programs. */
export function lockOption({ isLegacy, version }: ProgramSet): readonly string[] {
  return isLegacy && isAtLeast(version, LOCK_OPTION) ? ["--wait=30"] : [];
}

/** How long `--wait` may wait, in milliseconds. */
export const LOCK_WAIT = 30_000;

/** Reports whether a variable sets the file of the lock. */
export function hasLockVariable({ version }: ProgramSet): boolean {
  return isAtLeast(version, LOCK_VARIABLE);
}

function isAtLeast(version: readonly number[], least: readonly number[]): boolean {
  for (const [at, part] of least.entries()) {
    const found = version[at] ?? 0;
    if (found !== part) return found > part;
  }
  return true;
}

/** Reads the output of `--version`. */
export function parseVersion(text: string): Parsed<Pick<ProgramSet, "version" | "isLegacy">> {
  const [, version] = /v([0-9]+(?:\.[0-9]+)+)/.exec(text) ?? [];
  if (version === undefined)
    return bad(`iptables version ${quote(text)} is not a valid version string: no iptables version found for: ${quote(text)}`);
  return ok({ version: version.split(".").map(Number), isLegacy: !text.includes("nf_tables") });
}

/** What a dump of rules says about a set of programs. */
export interface Dump {
  /** Something is there, if only an empty table. */
  readonly hasTables: boolean;
  readonly hasRules: boolean;
  /** There are chains of ours. */
  readonly hasOwnChains: boolean;
}

/** Reads what matters for the choice from the output of iptables-save. */
export function readDump(text: string): Dump {
  const state = savedState(text);
  const names = [...state.values()].flatMap((chains) => [...chains.keys()]);
  return {
    hasTables: text.split("\n").length > 3,
    hasRules: hasResidue(state),
    hasOwnChains: names.some((chain) => chain.startsWith(OWN_CHAIN)),
  };
}

/**
 * Returns the variants that are tried before and after the plain programs. The legacy ones are first only if they have rules, and not if only
 * those of nf_tables have chains of ours. Upstream counts an empty table as rules, which its own test of the legacy programs creates; then a
 * second copy of the rules is applied beside the first.
 */
export function variantOrder(
  legacy: Dump | undefined,
  nft: Dump | undefined,
): { readonly before: readonly Variant[]; readonly after: readonly Variant[] } {
  const isFirst = legacy?.hasRules === true && (legacy.hasOwnChains || nft?.hasOwnChains !== true);
  if (isFirst) return { before: ["-legacy", "-nft"], after: [] };
  return { before: ["-nft"], after: legacy?.hasTables === true ? ["-legacy"] : [] };
}
