import type { LogOptions } from "../cli/log-options.ts";
import type { UsageError } from "../common/errors.ts";
import type { Notice } from "../common/notice.ts";
import type { Choice } from "../profiles/choose.ts";
import type { Command, CommandCall, RunnableCommand } from "./command.ts";

/** A parsed command line. */
export type CommandLine = HelpRequest | Call | Refusal;

/** Help on the program, or on one command. */
export interface HelpRequest {
  readonly kind: "help";
  readonly command?: Command;
  readonly choice: Choice;
  /** Whether the version is printed, too, as the first line. */
  readonly version?: boolean;
  readonly notices: readonly Notice[];
  readonly report: ReportOptions;
}

interface Call {
  readonly kind: "command";
  readonly command: RunnableCommand;
  readonly call: CommandCall;
}

/** A command line that cannot be run. */
interface Refusal {
  readonly kind: "refused";
  readonly error: UsageError;
  readonly report: ReportOptions;
}

/** Where to report an error, as far as the command line could be read. */
export interface ReportOptions {
  readonly log: LogOptions;
  /** The file for the reason of a failure, for a command that starts Envoy. */
  readonly terminationMessagePath?: string;
  /** The exit status, if it is not that of the error. */
  readonly status?: number;
}
