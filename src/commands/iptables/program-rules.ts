import type { Log } from "../../common/notice.ts";
import type { Parsed } from "../../go/parsed.ts";
import type { CaptureConfig } from "../../iptables/capture-config.ts";
import { lockOption, type ProgramSet } from "../../iptables/program-set.ts";
import { remedyOf } from "../../iptables/remedy.ts";
import type { Family } from "../../iptables/rule.ts";
import { changedTables, savedState } from "../../iptables/saved-state.ts";
import type { TrafficPlan } from "../../iptables/traffic-contract.ts";
import { applyChecked, type Failure, oneLine, type Programs } from "./apply-checked.ts";
import { detectPrograms } from "./detect-programs.ts";
import { DRY_PROGRAMS, dryHost } from "./dry-run.ts";
import type { ProgramEnd, TrafficHost } from "./traffic-host.ts";
import { openXtables, type Xtables } from "./xtables.ts";

/** What is needed to program the rules of a pod. */
export interface Programming {
  readonly config: CaptureConfig;
  readonly plan: Parsed<TrafficPlan>;
  readonly host: TrafficHost;
  readonly log: Log;
  /** Whether the error about a missing nft begins with where it is missing. */
  readonly placesMissingNft: boolean;
  /** Logs the settings. */
  readonly show: () => void;
  /** The command that removes the rules again, for messages. */
  readonly undo: string;
}

/** The first line of a dry run. */
export const DRY_RUN = "running iptables in dry-run mode, no rule changes will be made";

/** Programs the rules with iptables (contract 1.30 §14.3, §14.4). Returns why that failed, if it did. */
export async function programRules(programming: Programming): Promise<string | undefined> {
  const { config, log, host } = programming;
  if (config.dryRun) {
    log("info", DRY_RUN);
    return await withPrograms(DRY_PROGRAMS, { ...programming, host: dryHost(host, config.dryRunFile) });
  }
  const detection = { host, log, forced: config.program, tests: true };
  const [v4, v6] = await Promise.all([detectPrograms(4, detection), detectPrograms(6, detection)]);
  if (!v4.ok) return withRemedy(v4.error);
  if (v6.ok) return await withPrograms({ v4: v4.value, v6: v6.value }, programming);
  if (config.hasV6) return withRemedy(v6.error);
  log(
    "warn",
    `Failed to detect a working ip6tables binary; continuing because IPv6 support is disabled (ENABLE_INBOUND_IPV6=false): ${v6.error.trim()}`,
  );
  return await withPrograms({ v4: v4.value, v6: undefined }, programming);
}

async function withPrograms(programs: Programs, programming: Programming): Promise<string | undefined> {
  const { config, plan, host, log, show } = programming;
  const lockFile = config.cniMode ? isolate(programs, programming) : undefined;
  const xtables = openXtables(host, log, lockFile);
  const shown = config.hasV6 && programs.v6 !== undefined ? [programs.v4, programs.v6] : [programs.v4];
  if (!plan.ok) {
    for (const set of shown) await showFinal(set, xtables, log);
    return plan.error;
  }
  for (const { level, text } of plan.value.notices) log(level, text);
  show();
  const before = new Map<ProgramSet, string | undefined>();
  const noted: Xtables = {
    ...xtables,
    async save(set) {
      const saved = await xtables.save(set);
      before.set(set, rulesIn(saved));
      return saved;
    },
  };
  const failure = await applyChecked({ config, programs, xtables: noted, log }, plan.value.rules);
  const changes: string[] = [];
  for (const set of shown) {
    const after = await showFinal(set, xtables, log);
    changes.push(...(failure === undefined ? [] : changesOf(set.family, before.get(set), after)));
  }
  return failure && failureText(failure, changes, programming.undo);
}

/** Prints the rules of a family, and returns them; undefined if they cannot be read. */
async function showFinal(set: ProgramSet, xtables: Xtables, log: Log): Promise<string | undefined> {
  const saved = await xtables.save(set);
  const rules = rulesIn(saved);
  if (rules !== undefined) log("info", `Final iptables state (IPv${set.family}):\n${rules}`);
  return rules;
}

/** Returns the rules that a program has printed; undefined if it has failed. */
export function rulesIn({ reason, stdout }: ProgramEnd): string | undefined {
  return reason === undefined ? stdout : undefined;
}

/** Returns the tables that a failed run has changed; all that it may have, where they cannot be read. */
export function changesOf(family: Family, before: string | undefined, after: string | undefined): readonly string[] {
  if (before === undefined || after === undefined) return [`those of IPv${family}, which cannot be read`];
  const tables = changedTables(savedState(before), savedState(after));
  return tables.length === 0 ? [] : [`${tables.join(", ")} of IPv${family}`];
}

function failureText(failure: Failure, changes: readonly string[], undo: string): string {
  return `${withRemedy(oneLine(failure))} (${stateText(changes, undo)})`;
}

/** Returns what a failed run leaves. */
export function stateText(changes: readonly string[], undo: string): string {
  return changes.length === 0 ? "the rules are as before" : `tables changed: ${changes.join("; ")}; undo with "${undo}"`;
}

/** Adds what to do about an error, if it is known. */
export function withRemedy(error: string, replacement?: string): string {
  const text = error.replace(/\s*\n\s*/g, " ").trim();
  const remedy = remedyOf(text, replacement);
  return remedy === undefined ? text : `${text}; ${remedy}`;
}

/** Keeps programs that run on the node's file system from its lock and its user database. Returns the file to lock. */
function isolate({ v4, v6 }: Programs, { config, host, log }: Programming): string {
  const needsMount = [v4, v6].some((set) => set !== undefined && lockOption(set).length > 0);
  const problem = host.isolateMounts(needsMount && config.networkNamespace !== "" ? config.networkNamespace : undefined);
  if (problem !== undefined) log("warn", `Cannot keep iptables from the node's lock and user database, going on without that: ${problem}`);
  return config.networkNamespace;
}
