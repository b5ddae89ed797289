import type { FlagTable } from "../cli/flag.ts";
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
  readonly flags: (profile: Profile) => FlagTable;
  /** Whether unknown flags are ignored with a warning instead of refused (contract 1.6 §1.1, 1.30 §1.3). */
  readonly tolerant: boolean;
  /** How many arguments it reads beside flags; absent: any number. */
  readonly maxPositionals?: number;
  /** Whether attache's switches change what it does; absent: only those that hold for every command. */
  readonly takesSwitches?: boolean;
  /** Whether a profile has the command; absent: every one has. */
  readonly isIn?: (profile: Profile) => boolean;
  /** Whether it starts Envoy: it reports the notices of its command line itself, and leaves the reason of a failure for the kubelet. */
  readonly startsEnvoy?: boolean;
}

/** A row that brings its code, with the flags that the code reads. */
export interface RunnableCommand<Own extends FlagTable = FlagTable> extends Command {
  readonly flags: (profile: Profile) => Own;
  /** Runs the command and returns the exit status. Loads what only this command needs. @throws UsageError, ConfigError, OutputError */
  readonly run: (call: CommandCall<Own>, host: Host) => Promise<number>;
  /** Whether it ends by itself at a signal; absent: the process ends with the signal, also as PID 1. */
  readonly handlesSignals?: boolean;
}

/** What a command is called with. */
export interface CommandCall<Own extends FlagTable = FlagTable> {
  /** Its flags are those of all commands and the command's own. */
  readonly invocation: Invocation<readonly (CommonTables["flags"][number] | Own[number])[]>;
  readonly positionals: readonly string[];
  readonly environment: Environment;
  readonly choice: Choice;
  /** What is odd about the command line. */
  readonly notices: readonly Notice[];
}
