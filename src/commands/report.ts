import { bugText, ConfigError, OutputError, terminalText, UsageError } from "../common/errors.ts";
import { STATUS } from "../common/exit-status.ts";
import type { CommandLine, ReportOptions } from "./command-line.ts";
import type { Host } from "./host.ts";

type ReportHost = Pick<Host, "openLog" | "leaveMessage" | "terminal">;

/** Reports why a command failed: in the log, or in plain lines at a terminal, the reason last. Returns the exit status. */
export async function report(error: unknown, line: CommandLine, host: ReportHost): Promise<number> {
  // Like a program that SIGPIPE ends: the reader has closed the pipe and needs no message.
  if (error instanceof OutputError && error.isUnread) return STATUS.unread;
  const { log: options, terminationMessagePath, status: own } = line.kind === "command" ? optionsOf(line) : line.report;
  const { text, lines, status } = endOf(error);
  const log = host.openLog(options, "stderr");
  // For a refused start this message is all that the status of the pod shows.
  const unwritten = terminationMessagePath === undefined ? undefined : await host.leaveMessage(terminationMessagePath, text);
  if (unwritten !== undefined) log("warn", unwritten);
  if (error instanceof ConfigError) for (const { level, text: noticed } of error.notices) if (level === "warn") log(level, noticed);
  const [target = "stderr", ...others] = options.targets;
  const terminal = options.json || others.length > 0 ? undefined : host.terminal(target);
  if (terminal === undefined) log("error", text);
  else terminal(`${lines}\n`);
  return status === STATUS.bug ? status : (own ?? status);
}

function optionsOf({ command, call }: Extract<CommandLine, { readonly kind: "command" }>): ReportOptions {
  const { log, switches } = call.invocation;
  const { startsEnvoy, failureStatus } = command;
  return {
    log,
    ...(startsEnvoy ? { terminationMessagePath: switches.terminationMessagePath } : {}),
    ...(failureStatus === undefined ? {} : { status: failureStatus }),
  };
}

function endOf(error: unknown): { readonly text: string; readonly lines: string; readonly status: number } {
  if (error instanceof UsageError || error instanceof OutputError)
    return { text: error.message, lines: terminalText(error), status: STATUS.refused };
  if (error instanceof ConfigError) return { text: error.message, lines: terminalText(error), status: error.status };
  const text = bugText(error);
  return { text, lines: text, status: STATUS.bug };
}
