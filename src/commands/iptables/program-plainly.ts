import type { Log } from "../../common/notice.ts";
import type { Parsed } from "../../go/parsed.ts";
import type { CaptureConfig } from "../../iptables/capture-config.ts";
import { addWords } from "../../iptables/iptables-words.ts";
import { addressChanges, plainRouteChanges } from "../../iptables/network-changes.ts";
import { programName } from "../../iptables/program-set.ts";
import { ownedChains, restoreDocument } from "../../iptables/restore-document.ts";
import { type Family, type Rule, rulesOf } from "../../iptables/rule.ts";
import type { TrafficPlan } from "../../iptables/traffic-contract.ts";
import type { NetworkChange } from "../../linux/network-change.ts";
import { TIME_LIMIT } from "./detect-programs.ts";
import { changesOf, rulesIn, stateText, withRemedy } from "./program-rules.ts";
import type { ProgramEnd, TrafficHost } from "./traffic-host.ts";

/** The programs of a family. */
export const PLAIN_PROGRAMS = { 4: programName(4, ""), 6: programName(6, "") } as const;

/** What is needed to program the rules of a pod without looking at what is there. */
export interface PlainProgramming {
  readonly config: CaptureConfig;
  readonly plan: Parsed<TrafficPlan>;
  readonly host: TrafficHost;
  readonly print: (line: string) => void;
  readonly log: Log;
  /** Prints the settings. */
  readonly show: () => void;
  /** The command that removes the rules again, for messages. */
  readonly undo: string;
}

/** Programs the rules (contract 1.6 §15.3): each command is printed. Returns why that failed, if it did. */
export async function programPlainly(programming: PlainProgramming): Promise<string | undefined> {
  const { config, plan, undo } = programming;
  const families: readonly Family[] = config.hasV6 ? [4, 6] : [4];
  const before = new Map<Family, ProgramEnd>();
  if (plan.ok) for (const family of families) before.set(family, await dump(family, programming));
  const failure = plan.ok ? await applyPlainly(plan.value, programming) : plan.error;
  const changes: string[] = [];
  for (const family of families) {
    const saved = await printed(`${PLAIN_PROGRAMS[family]}-save`, [], programming);
    const old = before.get(family);
    // Programs that cannot read rules cannot change them either.
    if (old === undefined || (isRefused(old) && isRefused(saved))) continue;
    changes.push(...changesOf(family, rulesIn(old), rulesIn(saved)));
  }
  if (failure === undefined) return undefined;
  return plan.ok ? `${withRemedy(failure, `remove them with "${undo}"`)} (${stateText(changes, undo)})` : failure;
}

async function dump(family: Family, { config, host }: PlainProgramming): Promise<ProgramEnd> {
  if (config.dryRun) return { stdout: "", stderr: "", status: 0 };
  return await host.run({ program: `${PLAIN_PROGRAMS[family]}-save`, args: [], timeLimit: TIME_LIMIT });
}

/** Reports whether a program could not be started, or has ended with a failure by itself. */
function isRefused({ reason, status }: ProgramEnd): boolean {
  return reason !== undefined && (status !== undefined || reason.startsWith("exec: "));
}

async function applyPlainly({ rules, notices }: TrafficPlan, programming: PlainProgramming): Promise<string | undefined> {
  const { config, log, show } = programming;
  for (const { level, text } of notices) log(level, text);
  show();
  const problem = changeNetwork(programming);
  if (problem !== undefined) return problem;
  for (const family of [4, 6] as const) {
    const own = rulesOf(rules, family).filter(() => family === 4 || config.hasV6);
    const failure = await (config.restoreFormat ? restore(family, own, programming) : singly(family, own, programming));
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** IPv6 is restored even without rules. */
async function restore(family: Family, rules: readonly Rule[], programming: PlainProgramming): Promise<string | undefined> {
  const { host, print } = programming;
  const document = restoreDocument(rules, false);
  const program = `${PLAIN_PROGRAMS[family]}-restore`;
  const file = host.writeTemporary(`${PLAIN_PROGRAMS[family]}-rules`, document);
  if (file !== undefined) print(`Writing following contents to rules file:  ${file}`);
  print(document);
  // Where no file can be written, standard input does.
  const end = await printed(
    program,
    file === undefined ? ["--noflush"] : ["--noflush", file],
    programming,
    file === undefined ? document : undefined,
  );
  if (file !== undefined) host.remove(file);
  return errorOf(end);
}

async function singly(family: Family, rules: readonly Rule[], programming: PlainProgramming): Promise<string | undefined> {
  const commands = [
    ...ownedChains(rules).map(({ table, chain }) => ["-t", table, "-N", chain]),
    ...rules.map((rule) => ["-t", rule.table, ...addWords(rule)]),
  ];
  for (const args of commands) {
    const failure = errorOf(await printed(PLAIN_PROGRAMS[family], args, programming));
    if (failure !== undefined) return failure;
  }
  return undefined;
}

/** Adds the address, and for TPROXY the rule and the route of IPv4, as `ip` would; only a route may exist. */
function changeNetwork({ config, host, print }: PlainProgramming): string | undefined {
  const routes = plainRouteChanges(config);
  if (!routes.ok) return routes.error;
  for (const change of [...addressChanges(config), ...routes.value]) {
    const command = commandOf(change, config);
    print(command);
    const error = config.dryRun ? undefined : host.changeNetwork(change);
    if (error !== undefined && change.kind !== "route") return `${command}: ${error}`;
  }
  return undefined;
}

function commandOf(change: NetworkChange, { mark, routeTable }: CaptureConfig): string {
  switch (change.kind) {
    case "address":
      return `ip -6 addr add ${change.address}/${change.bits} dev lo`;
    case "rule":
      return `ip -f inet rule add fwmark ${mark} lookup ${routeTable}`;
    case "route":
      return `ip -f inet route add local default dev lo table ${routeTable}`;
  }
}

/** Prints a command and what it prints, and runs it. */
export async function printed(
  program: string,
  args: readonly string[],
  { config, host, print, log }: Pick<PlainProgramming, "host" | "print" | "log"> & { readonly config: Pick<CaptureConfig, "dryRun"> },
  input?: string,
): Promise<ProgramEnd> {
  print(`${program} ${args.join(" ")}`);
  if (config.dryRun) return { stdout: "", stderr: "", status: 0 };
  const end = await host.run({ program, args, timeLimit: TIME_LIMIT, ...(input === undefined ? {} : { input }) });
  if (end.stdout !== "") print(end.stdout.replace(/\n$/, ""));
  if (end.stderr !== "") log("warn", end.stderr.trim());
  return end;
}

function errorOf({ reason, stderr }: ProgramEnd): string | undefined {
  return reason === undefined ? undefined : `${reason} ${stderr}`;
}
