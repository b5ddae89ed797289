import { type Argument, argumentOf } from "../cli/argument.ts";
import { findCommand } from "../cli/find-command.ts";
import type { LogOptions } from "../cli/log-options.ts";
import { nearest } from "../cli/nearest.ts";
import { readSwitches } from "../cli/switches.ts";
import { UsageError } from "../common/errors.ts";
import type { Parsed } from "../go/parsed.ts";
import type { Environment } from "../inputs/environment.ts";
import { chooseProfile } from "../profiles/choose.ts";
import type { Profile } from "../profiles/profile.ts";
import type { Command, RunnableCommand } from "./command.ts";
import type { CommandLine, ReportOptions } from "./command-line.ts";
import { nearestFlag, noticesOf, unknownCommand, unknownFlag, unrecordedRelease } from "./command-line-messages.ts";
import { HELP_FLAG, rootFlags, VERSION_FLAG } from "./flags.ts";
import { errorsIn, messageOf, profileFlag, type Reading, type ReadingContext, readArguments, variableOf } from "./read-arguments.ts";
import { commandsOf, RUNNABLE } from "./table.ts";

/** What the functions below need besides the arguments. */
interface Context extends ReadingContext {
  /** The name of the program in messages. */
  readonly program: string;
  readonly commands: readonly RunnableCommand[];
}

/** Parses a command line; a refusal lists all errors. `program` is the name in messages. */
export function parseCommandLine(
  argv: readonly string[],
  environment: Environment,
  program: string,
  commands: readonly RunnableCommand[] = RUNNABLE,
): CommandLine {
  const all = argv.map(argumentOf);
  const choice = chooseProfile(profileFlag(all), environment);
  const context = { choice, environment, program, commands };
  const names = commandsOf(choice.profile, commands).map(({ name }) => name);
  const { name, rest, unknown } = findCommand(all, rootFlags(choice.profile), names);
  if (unknown !== undefined) {
    const near = nearest(unknown, names);
    const report = reportOptions(
      readArguments(all, choice.profile.proxyFlags, context),
      commands.find((each) => each.name === near),
    );
    return refuse(unknownCommand(unknown, near, context), usageHint(program), report);
  }
  const command = commands.find((each) => each.name === name);
  if (command !== undefined) return commandLine(command, rest, context);
  return name === undefined ? programHelp(rest, context) : commandHelp(rest, context);
}

function commandLine(command: RunnableCommand, all: readonly Argument[], context: Context): CommandLine {
  const { choice, environment, program } = context;
  const reading = readArguments(all, command.flags(choice.profile), context);
  const { positionals, values, table } = reading;
  const log: Parsed<LogOptions> =
    !reading.log.ok && command.ignoresLogFlags?.(choice.profile) ? { ok: true, value: reportOptions(reading).log } : reading.log;
  // An invalid flag takes precedence over --help, as in pflag, which parses all flags first.
  if (reading.help && reading.errors.length === 0 && reading.wrong.every((error) => variableOf(error, reading) !== undefined))
    return { kind: "help", command, choice, notices: [], report: reportOptions(reading) };
  const { switches, errors } = readSwitches(values);
  const unrecorded = switches.strict ? unrecordedRelease(choice, command) : undefined;
  const further = [
    ...errors.map((error) => messageOf(error, reading)),
    ...(log.ok ? [] : [log.error]),
    ...(unrecorded === undefined ? [] : [unrecorded]),
  ];
  const isStrict = switches.strict || !command.tolerant;
  const mistakes = mistakesIn(reading, further, isStrict ? reading.unknown : resemblingOwn(reading, choice.profile));
  if (!log.ok || mistakes.length > 0)
    return refuse(mistakes, `Run '${program} help ${command.name}' for its flags`, reportOptions(reading, command));
  const notices = noticesOf(reading, table, choice, command);
  const invocation = { role: positionals[0], flags: values, switches, log: log.value };
  return {
    kind: "command",
    command,
    call: { invocation, positionals, given: reading.given, unknown: reading.unknown, environment, choice, notices },
  };
}

/** Reads the arguments of the `help` command. */
function commandHelp(all: readonly Argument[], context: Context): CommandLine {
  const { choice, program } = context;
  const reading = readArguments(all, [], context);
  const report = reportOptions(reading);
  const [name] = reading.positionals;
  if (name === undefined) return { kind: "help", choice, notices: [], report };
  const known = commandsOf(choice.profile, context.commands);
  const command = known.find((each) => each.name === name);
  if (command !== undefined) return { kind: "help", command, choice, notices: [], report };
  const near = nearest(
    name,
    known.map((each) => each.name),
  );
  return refuse(unknownCommand(name, near, context), usageHint(program), report);
}

/** Reads arguments without a command: help, and the version if requested. */
function programHelp(all: readonly Argument[], context: Context): CommandLine {
  const { choice, program } = context;
  const reading = readArguments(all, [VERSION_FLAG], context);
  const { values, table } = reading;
  const report = reportOptions(reading);
  const mistakes = mistakesIn(reading, [], values.bool("strict") ? reading.unknown : []);
  if (mistakes.length > 0) return refuse(mistakes, usageHint(program), report);
  return { kind: "help", choice, version: values.bool("version"), notices: noticesOf(reading, table, choice), report };
}

function refuse(mistakes: string | readonly string[], hint: string, report: ReportOptions): CommandLine {
  return { kind: "refused", error: new UsageError(mistakes, hint), report };
}

function usageHint(program: string): string {
  return `Run '${program} --help' for usage.`;
}

/** Returns the options of the log and the file for the reason of a failure; invalid ones count as absent. */
function reportOptions({ values, log }: Reading, command?: Command): ReportOptions {
  return {
    log: log.ok
      ? log.value
      : { targets: values.strings("log_target").filter((each) => each !== ""), json: values.bool("log_as_json"), level: "info" },
    ...(command?.startsEnvoy ? { terminationMessagePath: values.string("termination-message-path") } : {}),
    ...(command?.failureStatus === undefined ? {} : { status: command.failureStatus }),
  };
}

/** Returns all errors in the arguments; `further` ones come before unknown flags that are refused. */
function mistakesIn(reading: Reading, further: readonly string[], refused: Reading["unknown"]): readonly string[] {
  return [...errorsIn(reading, further), ...refused.map(({ flag }) => unknownFlag(flag, reading.table))];
}

/**
 * Returns the unknown flags that resemble one which `proxy` does not have. They are not arguments of a proxy that a release may know, and
 * without --mask-secrets, `render` prints secrets.
 */
function resemblingOwn({ unknown, table }: Reading, profile: Profile): Reading["unknown"] {
  const isOfProxy = (name: string) => [...rootFlags(profile), ...profile.proxyFlags, HELP_FLAG].some((flag) => flag.name === name);
  return unknown.filter(({ flag }) => {
    const near = nearestFlag(flag, table);
    return near !== undefined && !isOfProxy(near);
  });
}
