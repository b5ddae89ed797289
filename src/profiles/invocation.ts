import type { FlagTable, FlagValues } from "../cli/flag.ts";
import type { LogOptions } from "../cli/log-options.ts";
import type { Switches } from "../cli/switches.ts";
import type { Profile } from "./profile.ts";
import type { CommonTables } from "./tables.ts";

/** A command line understood: which contract, which words, which switches. */
export type Invocation<Flags extends FlagTable = CommonTables["flags"]> = InvocationOf<FlagValues<Flags>>;

/** The same by the flags' values. */
export interface InvocationOf<Flags> {
  readonly profile: Profile;
  /** The first positional word, if any; empty is not absent. */
  readonly role: string | undefined;
  readonly flags: Flags;
  readonly switches: Switches;
  readonly log: LogOptions;
}
