import type { UnknownFlag } from "../cli/canonical-arguments.ts";
import type { FlagArgument } from "../cli/flag.ts";
import type { JsonObject } from "../go/json-value.ts";
import type { Inputs } from "../inputs/inputs.ts";

/** A start in parts, each of which can be left out. */
export interface Launch {
  readonly role: string | undefined;
  /** The flags of the command line, in their order. */
  readonly flags: readonly FlagArgument[];
  readonly unknownFlags: readonly UnknownFlag[];
  readonly variables: readonly (readonly [name: string, value: string])[];
  /** Changes what is read from the machine. */
  readonly edit: (inputs: Inputs) => Inputs;
}

/** What a start leads to: its plan as a document, or why it is refused. */
export type Outcome =
  | { readonly kind: "planned"; readonly document: JsonObject }
  | { readonly kind: "refused"; readonly problems: readonly string[] };

/** Plans a start, without starting anything. */
export type PlanLaunch = (launch: Launch) => Promise<Outcome>;

/** Returns the arguments of a launch, from its command on. */
export function argumentsOf({ role, flags, unknownFlags }: Launch): readonly string[] {
  return [
    "proxy",
    ...(role === undefined ? [] : [role]),
    ...flags.map(({ name, value }) => `--${name}=${value}`),
    ...unknownFlags.flatMap(({ flag, value }) => (value === undefined ? [flag] : [flag, value])),
  ];
}
