import type { CommandCall, RunnableCommand } from "../../src/commands/command.ts";
import { parseCommandLine } from "../../src/commands/parse-command-line.ts";
import { type Environment, environmentOf } from "../../src/inputs/environment.ts";

/** The command that arguments name, and what it is called with. @throws UsageError where they are refused, Error where they ask for help */
export function commandOf(
  argv: readonly string[],
  environment: Environment = environmentOf([]),
): CommandCall & { readonly command: RunnableCommand } {
  const line = parseCommandLine(argv, environment, "attache");
  if (line.kind === "refused") throw line.error;
  if (line.kind === "help") throw new Error(`${argv.join(" ")} asks for help`);
  return { command: line.command, ...line.call };
}
