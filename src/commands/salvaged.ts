import { canonicalWords } from "../cli/canonical-words.ts";
import { findCommand } from "../cli/find-command.ts";
import { flagValues } from "../cli/flag-values.ts";
import { type LogOptions, logOptions } from "../cli/log-options.ts";
import { nearest } from "../cli/nearest.ts";
import { switchWords } from "../cli/switches.ts";
import type { Environment } from "../inputs/environment.ts";
import { chooseProfile } from "../profiles/choose.ts";
import { commandsOf, rootFlags } from "./table.ts";
import { profileFlag } from "./understand.ts";

/** What a refusal needs to know of the command line. */
export interface RefusalContext {
  readonly log: LogOptions;
  /** The file for the reason, where a proxy was to be started. */
  readonly terminationMessagePath?: string;
}

/** Reads what a command line that is refused says about the log and the file for the reason; whatever cannot be read counts as absent. */
export function salvaged(argv: readonly string[], environment: Environment): RefusalContext {
  const { profile } = chooseProfile(profileFlag(argv), environment);
  const names = commandsOf(profile).map(({ name }) => name);
  const { name, unknown } = findCommand(argv, rootFlags(profile), names);
  const table = [...rootFlags(profile), ...profile.proxyFlags];
  const { values } = flagValues([...switchWords(environment), ...canonicalWords(argv, table).flags], table);
  const log = logOptions(values, profile.logLevels);
  const meant = name ?? (unknown === undefined ? undefined : nearest(unknown, names));
  return {
    log: log.ok
      ? log.value
      : { targets: values.strings("log_target").filter((each) => each !== ""), json: values.bool("log_as_json"), level: "info" },
    ...(meant === "proxy" ? { terminationMessagePath: values.string("termination-message-path") } : {}),
  };
}
