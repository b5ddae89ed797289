import type { Log } from "../../common/notice.ts";
import { hasLockVariable, lockOption, type ProgramSet } from "../../iptables/program-set.ts";
import { TIME_LIMIT, writeLimit } from "./detect-programs.ts";
import type { ProgramCall, ProgramEnd, TrafficHost } from "./traffic-host.ts";

/** Runs the programs of iptables. */
export interface Xtables {
  /** Runs iptables. `isQuiet`: failures are expected, and not logged. */
  readonly change: (set: ProgramSet, args: readonly string[], isQuiet: boolean) => Promise<ProgramEnd>;
  /** The same for what removes something: again if the program did not end by itself, as it may not have been done. */
  readonly remove: (set: ProgramSet, args: readonly string[], isQuiet: boolean) => Promise<ProgramEnd>;
  readonly restore: (set: ProgramSet, document: string) => Promise<ProgramEnd>;
  readonly save: (set: ProgramSet) => Promise<ProgramEnd>;
}

/** `lockFile`: the file that the legacy programs lock instead of the node's. */
export function openXtables(host: Pick<TrafficHost, "run">, log: Log, lockFile: string | undefined): Xtables {
  const run = async (call: ProgramCall, isQuiet: boolean): Promise<ProgramEnd> => {
    const end = await host.run(call);
    if (end.reason !== undefined && !isQuiet) log("error", `Command error: ${xtablesError(end)}`);
    return end;
  };
  const write = (set: ProgramSet, program: string, call: Pick<ProgramCall, "args" | "input">, isQuiet: boolean) => {
    const wait = lockOption(set);
    const environment =
      lockFile !== undefined && wait.length > 0 && hasLockVariable(set) ? { environment: { XTABLES_LOCKFILE: lockFile } } : {};
    return run({ program, ...call, args: [...call.args, ...wait], ...environment, timeLimit: writeLimit(set) }, isQuiet);
  };
  const change: Xtables["change"] = (set, args, isQuiet) => write(set, set.name, { args }, isQuiet);
  return {
    change,
    async remove(set, args, isQuiet) {
      const end = await change(set, args, isQuiet);
      if (end.reason === undefined || end.status !== undefined) return end;
      const again = await change(set, args, isQuiet);
      return IS_GONE.test(again.stderr) ? { stdout: again.stdout, stderr: again.stderr, status: 0 } : again;
    },
    restore: (set, document) => write(set, `${set.name}-restore`, { args: ["--noflush"], input: document }, false),
    save: (set) => run({ program: `${set.name}-save`, args: [], timeLimit: TIME_LIMIT }, true),
  };
}

/** What iptables says about a rule or a chain that is not there. */
const IS_GONE = /does a matching rule exist|No chain\/target\/match by that name|does not exist/;

/** The meaning of the statuses of iptables. */
const PROBLEMS: Readonly<Record<number, string>> = { 1: "other", 2: "parameter", 3: "version", 4: "resource" };

/** Returns the error of a program as upstream words it. */
function xtablesError({ status, stderr, reason = "" }: ProgramEnd): string {
  if (status === undefined) return stderr === "" ? reason : `${reason}: ${stderr}`;
  const kind = PROBLEMS[status];
  if (kind === undefined) return stderr;
  const colon = stderr.indexOf(":");
  return `xtables ${kind} problem: ${stderr.slice(colon + 1).trim()}`;
}
