import type { Log } from "../../common/notice.ts";
import type { CaptureConfig } from "../../iptables/capture-config.ts";
import { GUARDRAILS } from "../../iptables/cleanup-commands.ts";
import { checkWords } from "../../iptables/iptables-words.ts";
import type { ProgramSet } from "../../iptables/program-set.ts";
import { restoreDocument } from "../../iptables/restore-document.ts";
import { type Rule, rulesOf } from "../../iptables/rule.ts";
import { drift, hasResidue, type SavedState, savedState } from "../../iptables/saved-state.ts";
import { cleanUpFamily } from "./clean-up.ts";
import type { ProgramEnd } from "./traffic-host.ts";
import type { Xtables } from "./xtables.ts";

/** The programs of both families; those of IPv6 can be missing where they are not needed. */
export interface Programs {
  readonly v4: ProgramSet;
  readonly v6: ProgramSet | undefined;
}

/** What the steps below share. */
export interface Application {
  readonly config: CaptureConfig;
  readonly programs: Programs;
  readonly xtables: Xtables;
  readonly log: Log;
}

/** A family whose rules change, with what was there before. */
interface Side {
  readonly set: ProgramSet;
  readonly rules: readonly Rule[];
  /** Undefined if it could not be read. */
  readonly before: SavedState | undefined;
}

/** The outcome of a step: why it failed, if it did. */
export interface Failure {
  readonly error: string;
  /** What the failed program printed. */
  readonly output: string;
}

/** Brings the rules of the kernel in line with the configuration (contract 1.30 §14.4). Returns why that failed, if it did. */
export async function applyChecked(application: Application, rules: readonly Rule[]): Promise<Failure | undefined> {
  const { config, programs, log } = application;
  const v4: Side = await sideOf(programs.v4, rulesOf(rules, 4), application);
  const v6: Side | undefined = programs.v6 && (await sideOf(programs.v6, config.hasV6 ? rulesOf(rules, 6) : [], application));
  const { hasResidue, isDifferent } = await examine(v6 === undefined ? [v4] : [v4, v6], application);
  const changed = config.hasV6 && v6 !== undefined ? [v4, v6] : [v4];
  if (hasResidue && isDifferent && !config.reconcile)
    log("info", "reconcile is recommended but no-reconcile flag is set. Unexpected behavior may occur due to preexisting iptables rules");
  const replaces = hasResidue && isDifferent && config.reconcile && !config.cleanupOnly;
  const failure = replaces
    ? await behindGuardrails(changed, application, async () => {
        const stuck = await cleanUp(changed, application);
        // As upstream: the rules that follow may not need it.
        if (stuck !== undefined) log("warn", oneLine(stuck));
        return await restore(changed, isDifferent, application);
      })
    : await plainly(changed, isDifferent, application);
  if (failure === undefined && !isDifferent && config.forceApply)
    log("warn", "--force-apply was not needed: the rules were in place already");
  return failure;
}

async function plainly(changed: readonly Side[], isDifferent: boolean, application: Application): Promise<Failure | undefined> {
  const stuck = application.config.cleanupOnly ? await cleanUp(changed, application) : undefined;
  return stuck ?? (await restore(changed, isDifferent, application));
}

async function sideOf(set: ProgramSet, rules: readonly Rule[], { xtables, log }: Application): Promise<Side> {
  const saved = await xtables.save(set);
  if (saved.reason !== undefined) log("warn", `[IPv${set.family}] iptables-save failed. Assuming clean state.: ${saved.reason}`);
  return { set, rules, before: saved.reason === undefined ? savedState(saved.stdout) : undefined };
}

/** Compares the rules of the kernel with the planned ones; a family without planned rules counts as different, but not as a residue. */
async function examine(
  sides: readonly Side[],
  application: Application,
): Promise<{ readonly hasResidue: boolean; readonly isDifferent: boolean }> {
  const { log } = application;
  let found = false;
  let differs = false;
  for (const side of sides) {
    const residue = side.before !== undefined && hasResidue(side.before);
    if (await isDifferent(side, application)) differs = true;
    if (residue && side.rules.length > 0) found = true;
    else if (residue) log("info", `Ignoring residues because no rules are planned for IPv${side.set.family}`);
  }
  if (!found) {
    log("info", "Clean-state detected, new iptables are needed");
    return { hasResidue: false, isDifferent: true };
  }
  log(
    "info",
    differs
      ? "Found residues of old iptables rules/chains, reconciliation is recommended"
      : "Found compatible residues of old iptables rules/chains, reconciliation not needed",
  );
  return { hasResidue: true, isDifferent: differs };
}

async function isDifferent({ set, rules, before }: Side, { xtables }: Application): Promise<boolean> {
  const known = before === undefined ? (rules.length > 0 ? "yes" : "no") : drift(before, rules);
  if (known !== "unknown") return known === "yes";
  for (const rule of rules) if ((await xtables.change(set, checkWords(rule), true)).reason !== undefined) return true;
  return false;
}

/** Drops all traffic of the pod while rules are replaced. */
async function behindGuardrails(
  sides: readonly Side[],
  { xtables, log }: Application,
  action: () => Promise<Failure | undefined>,
): Promise<Failure | undefined> {
  log("info", "Setting up guardrails");
  let isGuarded = false;
  let failure: Failure | undefined;
  for (const { set } of sides) {
    for (const args of GUARDRAILS.remove) await xtables.remove(set, args, true);
    failure ??= await all(GUARDRAILS.add, (args) => xtables.change(set, args, false));
    if (failure !== undefined) {
      // As upstream, those of the first family stay.
      if (!isGuarded) log("error", `Some rules that drop all traffic of the pod may be left; ${guardrailRemoval(set)}`);
      break;
    }
    isGuarded = true;
  }
  failure ??= await action();
  if (isGuarded) {
    log("info", "Removing guardrails");
    for (const { set } of sides) {
      const stuck = await all(GUARDRAILS.remove, (args) => xtables.remove(set, args, false));
      if (stuck !== undefined)
        log("error", `Cannot remove the rules that drop all traffic of the pod: ${oneLine(stuck)}; ${guardrailRemoval(set)}`);
    }
  }
  return failure;
}

function guardrailRemoval({ name }: ProgramSet): string {
  return `remove them with "${name} -t filter -D CHAIN -p PROTOCOL -j DROP" for INPUT, FORWARD and OUTPUT, tcp and udp`;
}

/** Runs commands up to the first that fails, and returns why it does. */
async function all(
  commands: readonly (readonly string[])[],
  run: (args: readonly string[]) => Promise<ProgramEnd>,
): Promise<Failure | undefined> {
  for (const args of commands) {
    const end = await run(args);
    if (end.reason !== undefined) return failureOf(end);
  }
  return undefined;
}

/** Removes old rules of all families. Returns what could not be removed, if anything. */
async function cleanUp(sides: readonly Side[], { xtables, log }: Application): Promise<Failure | undefined> {
  log("info", "Performing cleanup of existing iptables");
  let failure: Failure | undefined;
  for (const { set, rules, before } of sides) {
    const stuck = await cleanUpFamily(set, rules, before, xtables);
    if (stuck === undefined) continue;
    const { error, output } = failureOf(stuck.end);
    failure ??= { error: `Cannot remove old rules: "${stuck.command}": ${error}`, output };
  }
  return failure;
}

async function restore(sides: readonly Side[], isDifferent: boolean, { config, xtables, log }: Application): Promise<Failure | undefined> {
  if ((!isDifferent && !config.forceApply) || config.cleanupOnly) return undefined;
  log("info", "Applying iptables chains and rules");
  for (const { set, rules } of sides) {
    const document = restoreDocument(rules, true);
    log("info", `Running iptables restore with: ${set.name}-restore and the following input:\n${document.trim()}`);
    const end = await xtables.restore(set, document);
    if (end.reason !== undefined) return failureOf(end);
  }
  return undefined;
}

function failureOf({ reason = "", stdout, stderr }: ProgramEnd): Failure {
  return { error: reason, output: `${stderr}${stdout}`.trim() };
}

/** Joins the error of a failure with what the program printed. */
export function oneLine({ error, output }: Failure): string {
  return output === "" ? error : `${error}: ${output.replace(/\s*\n\s*/g, " ")}`;
}
