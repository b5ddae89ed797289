import type { FlagValues } from "../cli/flag.ts";
import type { LogOptions } from "../cli/log-options.ts";
import type { Switches } from "../cli/switches.ts";
import type { Profile } from "./profile.ts";

/** A command line understood: which contract, which words, which switches. */
export interface Invocation {
  readonly profile: Profile;
  /** The first positional word, if any; empty is not absent. */
  readonly role: string | undefined;
  readonly flags: FlagValues;
  readonly switches: Switches;
  readonly log: LogOptions;
}
