import type { Log } from "../../common/notice.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import {
  LOCK_WAIT,
  lockOption,
  type ProgramSet,
  parseVersion,
  programName,
  readDump,
  type Variant,
  variantOrder,
} from "../../iptables/program-set.ts";
import type { Family } from "../../iptables/rule.ts";
import type { ProgramEnd, TrafficHost } from "./traffic-host.ts";

/** The time in which a program must end, in milliseconds. */
export const TIME_LIMIT = 5_000;

/** What detection may do. */
export interface Detection {
  readonly host: Pick<TrafficHost, "run">;
  readonly log: Log;
  /** `legacy` or `nft`; empty: chosen. */
  readonly forced: string;
  /** Whether a set is tested by adding a rule that never matches, and deleting it. */
  readonly tests: boolean;
}

/** A rule that no packet matches, as the protocol does not exist. */
const TEST_RULE = ["INPUT", "-p", "255", "-j", "RETURN"];
const NO_VERSION: Pick<ProgramSet, "version" | "isLegacy"> = { version: [0, 0, 0], isLegacy: true };

/** Chooses the programs for a family (contract 1.30 §14.3): the first usable set, or why there is none. */
export async function detectPrograms(family: Family, detection: Detection): Promise<Parsed<ProgramSet>> {
  const { forced } = detection;
  if (forced === "legacy" || forced === "nft") {
    const variant = `-${forced}` as const;
    return await examine(family, variant, await dump(family, variant, detection), detection);
  }
  const [legacy, nft] = await Promise.all([dump(family, "-legacy", detection), dump(family, "-nft", detection)]);
  const { before, after } = variantOrder(dumped(legacy), dumped(nft));
  let refused: Parsed<ProgramSet> | undefined;
  for (const variant of before) {
    const saved = variant === "-legacy" ? legacy : nft;
    const found = await examine(family, variant, saved, detection);
    if (found.ok) return found;
    if (!isMissing(saved)) refused ??= found;
  }
  const savedPlain = await dump(family, "", detection);
  const examined = await examine(family, "", savedPlain, detection);
  // Why programs that are there cannot be used says more than that others are missing.
  const plain = isMissing(savedPlain) ? (refused ?? examined) : examined;
  if (plain.ok || legacy.reason !== undefined || before.includes("-legacy")) return plain;
  // As upstream, which tests the legacy programs in any case: this creates the tables by which it accepts them the next time.
  const last = await examine(family, "-legacy", legacy, detection);
  return after.includes("-legacy") && last.ok ? last : plain;
}

function isMissing({ reason }: ProgramEnd): boolean {
  return reason?.startsWith("exec: ") === true;
}

function outputOf({ stdout, stderr }: ProgramEnd): string {
  return `${stdout}${stderr}`;
}

function dumped({ reason, stdout }: ProgramEnd): ReturnType<typeof readDump> | undefined {
  return reason === undefined ? readDump(stdout) : undefined;
}

function dump(family: Family, variant: Variant, { host }: Detection): Promise<ProgramEnd> {
  return host.run({ program: `${programName(family, variant)}-save`, args: [], timeLimit: TIME_LIMIT });
}

/** Reads the version of a set, and tests it. */
async function examine(family: Family, variant: Variant, saved: ProgramEnd, detection: Detection): Promise<Parsed<ProgramSet>> {
  const { host, log, tests } = detection;
  const name = programName(family, variant);
  if (saved.reason !== undefined) return bad(`failed to execute ${name}-save: ${saved.reason} ${outputOf(saved)}`);
  const shown = await host.run({ program: `${name}-save`, args: ["--version"], timeLimit: TIME_LIMIT });
  const isUnknown = shown.reason !== undefined || shown.stderr.includes("unrecognized option");
  if (isUnknown)
    log(
      "warn",
      `found iptables binary ${name}-save, but it does not appear to support the '--version' flag, assuming very old legacy version`,
    );
  const version = isUnknown ? ok(NO_VERSION) : parseVersion(shown.stdout);
  if (!version.ok) return version;
  const set = { family, name, ...version.value };
  const problem = tests ? await testRule(set, detection) : undefined;
  return problem === undefined ? ok(set) : bad(problem);
}

/** Adds and deletes the rule. Returns why the kernel does not support the set. */
async function testRule(set: ProgramSet, { host, log }: Detection): Promise<string | undefined> {
  const wait = lockOption(set);
  const run = (action: string) =>
    host.run({ program: set.name, args: ["-t", "nat", action, ...TEST_RULE, ...wait], timeLimit: writeLimit(set) });
  const added = await run("-A");
  // One that was killed may have added it.
  if (added.reason !== undefined && added.status === undefined) await run("-D");
  if (added.reason !== undefined || added.stderr.includes("does not exist"))
    return `iptables binary ${set.name} has no loaded kernel support and cannot be used, err: ${added.reason ?? "<nil>"} out: ${added.stderr}`;
  let deleted = await run("-D");
  // It also fails while another program changes the rules.
  if (deleted.reason !== undefined) deleted = await run("-D");
  if (deleted.reason !== undefined)
    log(
      "warn",
      `Cannot delete the rule by which ${set.name} was tested: ${deleted.reason} ${deleted.stderr}; it matches no packet, delete it with "${set.name} -t nat -D ${TEST_RULE.join(" ")}"`,
    );
  return undefined;
}

/** Returns the time in which a program that changes rules must end; those of the legacy set wait for their lock. */
export function writeLimit(set: ProgramSet): number {
  return lockOption(set).length > 0 ? LOCK_WAIT + TIME_LIMIT : TIME_LIMIT;
}
