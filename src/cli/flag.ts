/** One flag: a row of a table that feeds the parser, the help texts and USAGE.md. */
export interface Flag {
  readonly name: string;
  /** `int` is pflag's, 64 bits in any base that Go writes; `int32` that of klog, decimal. */
  readonly kind: "string" | "int" | "int32" | "bool" | "strings";
  readonly default: string;
  readonly help: string;
  readonly short?: string;
}

export function stringFlag(name: string, fallback: string, help: string): Flag {
  return { name, kind: "string", default: fallback, help };
}

export function intFlag(name: string, fallback: number, help: string): Flag {
  return { name, kind: "int", default: String(fallback), help };
}

export function boolFlag(name: string, fallback: boolean, help: string): Flag {
  return { name, kind: "bool", default: String(fallback), help };
}

/** The values of a command's flags, every flag of the tables present. */
export interface FlagValues {
  readonly string: (name: string) => string;
  readonly int: (name: string) => number;
  readonly bool: (name: string) => boolean;
  readonly strings: (name: string) => readonly string[];
  /** Whether the flag stood on the command line. */
  readonly given: (name: string) => boolean;
}
