import type { UnknownFlag } from "../cli/canonical-arguments.ts";
import type { FlagArgument, FlagTable } from "../cli/flag.ts";
import type { Notice } from "../common/notice.ts";
import type { Environment } from "../inputs/environment.ts";
import type { Choice } from "../profiles/choose.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { Profile } from "../profiles/profile.ts";
import type { CommonTables } from "../profiles/tables.ts";
import type { Host } from "./host.ts";

/** One subcommand: a row that the parser, the help texts and USAGE.md share. */
export interface Command {
  readonly name: string;
  readonly arguments: string;
  readonly summary: string;
  readonly details: readonly string[];
  /** Its examples, if they are not in the table of examples. */
  readonly examples?: string;
  readonly flags: (profile: Profile) => FlagTable;
  /** Whether unknown flags are ignored with a warning instead of refused (contract 1.6 §1.1, 1.30 §1.3). */
  readonly tolerant: boolean;
  /** The number of arguments it uses; absent: any number. */
  readonly maxPositionals?: number;
  /** Whether all of attache's switches apply; absent: only those for every command. */
  readonly takesSwitches?: boolean;
  /** Reports whether invalid values of the log flags are ignored; absent: they are refused. */
  readonly ignoresLogFlags?: (profile: Profile) => boolean;
  /** Reports whether a profile has the command; absent: every profile. */
  readonly isIn?: (profile: Profile) => boolean;
  /** What the contract of a release is about that it follows; it warns about a release that was not recorded. Absent: nothing of importance. */
  readonly follows?: "proxy" | "iptables";
  /** The exit status of its errors; absent: that of a refused start. */
  readonly failureStatus?: number;
  /** Whether it starts Envoy. It then reports the notices of its command line itself, and writes the reason of a failure for the kubelet. */
  readonly startsEnvoy?: boolean;
}

/** A row with its code, which can read only the flags of the row. */
export interface RunnableCommand<Own extends FlagTable = FlagTable> extends Command {
  readonly flags: (profile: Profile) => Own;
  /** Runs the command and returns the exit status. Loads what only this command needs. @throws UsageError, ConfigError, OutputError */
  readonly run: (call: CommandCall<Own>, host: Host) => Promise<number>;
  /** Whether it reports the notices of its command line itself; absent: they are logged before it runs, except for one that starts Envoy. */
  readonly reportsNotices?: boolean;
  /** Whether it handles signals itself; absent: a signal ends the process, also as PID 1. */
  readonly handlesSignals?: boolean;
}

/** What a command is called with. */
export interface CommandCall<Own extends FlagTable = FlagTable> {
  /** Its flags are those of all commands and the command's own. */
  readonly invocation: Invocation<readonly (CommonTables["flags"][number] | Own[number])[]>;
  readonly positionals: readonly string[];
  /** The flags, those that variables give first, and the unknown ones: what the invocation was made from. */
  readonly given: readonly FlagArgument[];
  readonly unknown: readonly UnknownFlag[];
  readonly environment: Environment;
  readonly choice: Choice;
  /** Warnings about the command line. */
  readonly notices: readonly Notice[];
}
