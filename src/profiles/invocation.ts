import type { FlagTable, FlagValues } from "../cli/flag.ts";
import type { LogOptions } from "../cli/log-options.ts";
import type { Switches } from "../cli/switches.ts";
import type { CommonTables } from "./tables.ts";

/** What a command line contains besides the profile: role, flags and switches. */
export type Invocation<Flags extends FlagTable = CommonTables["flags"]> = InvocationOf<FlagValues<Flags>>;

/** The same by the type of its flags. */
export interface InvocationOf<Flags> {
  /** The first positional argument; empty is not absent. */
  readonly role: string | undefined;
  readonly flags: Flags;
  readonly switches: Switches;
  readonly log: LogOptions;
}
