import { argumentOf } from "../cli/argument.ts";
import type { UnknownFlag } from "../cli/canonical-arguments.ts";
import type { FlagArgument } from "../cli/flag.ts";
import { readSwitches } from "../cli/switches.ts";
import { UsageError } from "../common/errors.ts";
import type { Environment } from "../inputs/environment.ts";
import { type Choice, chooseProfile } from "../profiles/choose.ts";
import type { Invocation } from "../profiles/invocation.ts";
import { errorsIn, profileFlag, readArguments } from "./read-arguments.ts";

/** The command line of a proxy that is planned, not started. */
export interface ProxyLine {
  readonly choice: Choice;
  readonly invocation: Invocation;
  /** The flags of the command line, without those that variables give. */
  readonly flags: readonly FlagArgument[];
  readonly unknownFlags: readonly UnknownFlag[];
}

/** Reads the arguments of `proxy`, which its name starts. @throws UsageError for those that `proxy` refuses */
export function invocationOf(argv: readonly string[], environment: Environment): ProxyLine {
  const all = argv.slice(1).map(argumentOf);
  const choice = chooseProfile(profileFlag(all), environment);
  const reading = readArguments(all, choice.profile.proxyFlags, { choice, environment });
  const { switches, errors } = readSwitches(reading.values);
  const { log, positionals, unknown } = reading;
  const refused = [
    ...errorsIn(
      reading,
      errors.map(({ message }) => message),
    ),
    ...(log.ok ? [] : [log.error]),
    ...(switches.strict ? unknown.map(({ flag }) => `unknown flag: ${flag}`) : []),
  ];
  if (!log.ok || refused.length > 0) throw new UsageError(refused);
  return {
    choice,
    invocation: { role: positionals[0], flags: reading.values, switches, log: log.value },
    flags: reading.given.filter(({ variable }) => variable === undefined),
    unknownFlags: unknown,
  };
}
