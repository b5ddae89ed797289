import { environmentOf } from "../inputs/environment.ts";
import type { RunnableCommand } from "./command.ts";
import type { CommandLine } from "./command-line.ts";
import type { Host } from "./host.ts";
import { parseCommandLine } from "./parse-command-line.ts";
import { reportNotices } from "./report-notices.ts";

/**
 * Runs the program and returns the exit status. Reports a user's mistake in one message, a bug with its stack. `commands`: those of another
 * program than attache.
 */
export async function run(argv: readonly string[], program: string, host: Host, commands?: readonly RunnableCommand[]): Promise<number> {
  let line: CommandLine | undefined;
  try {
    line = parseCommandLine(argv, host.readEnvironment(), program, commands);
    if (line.kind === "refused") throw line.error;
    if (line.kind === "help") return await (await import("./help.ts")).help(line, program, host, commands);
    const { command, call } = line;
    if (command.startsEnvoy !== true && command.reportsNotices !== true) reportNotices(call.notices, call.invocation.log, host);
    const ended = command.run(call, host);
    return await (command.handlesSignals === true ? ended : Promise.race([ended, host.untilStopped()]));
  } catch (error) {
    line ??= parseCommandLine(argv, environmentOf([]), program, commands);
    return await (await import("./report.ts")).report(error, line, host);
  }
}
