/**
 * The type of a flag's value: `int` is pflag's, 64 bits in any base that Go reads; `int32` is klog's, decimal; `uint16` in any base. A
 * `duration` is read as a string, which is then known to be one.
 */
export type FlagKind = "string" | "int" | "int32" | "uint16" | "bool" | "strings" | "duration";

/** One flag: a row of a table that feeds the parser, the help texts and USAGE.md. */
export interface Flag<Name extends string = string, Kind extends FlagKind = FlagKind> {
  readonly name: Name;
  readonly kind: Kind;
  readonly default: string;
  readonly help: string;
  readonly short?: string;
}

/** The flags of a command or a release. */
export type FlagTable = readonly Flag[];

/** A value given for a flag. */
export interface FlagArgument {
  readonly name: string;
  readonly value: string;
  /** The environment variable that gives it; absent: the command line. */
  readonly variable?: string;
}

export function stringFlag<const Name extends string>(name: Name, fallback: string, help: string): Flag<Name, "string"> {
  return { name, kind: "string", default: fallback, help };
}

export function intFlag<const Name extends string>(name: Name, fallback: number, help: string): Flag<Name, "int"> {
  return { name, kind: "int", default: String(fallback), help };
}

export function boolFlag<const Name extends string>(name: Name, fallback: boolean, help: string): Flag<Name, "bool"> {
  return { name, kind: "bool", default: String(fallback), help };
}

/** Returns a flag that also has a name of one letter. */
export function withShort<Row extends Flag>(short: string, flag: Row): Row & { readonly short: string } {
  return { ...flag, short };
}

/** The names of the flags in a table that have a kind of value. */
export type FlagName<Table extends FlagTable, Kind extends FlagKind = FlagKind> = NameOf<Table[number], Kind>;
type NameOf<Row extends Flag, Kind extends FlagKind> =
  Row extends Flag<infer Name, infer Own> ? (Own & Kind extends never ? never : Name) : never;

/** The values of all flags of a table. A name that is not in the table, or has another kind of value, does not compile. */
export type FlagValues<Table extends FlagTable> = FlagReaders<
  FlagName<Table, "string" | "duration">,
  FlagName<Table, "int" | "int32" | "uint16">,
  FlagName<Table, "bool">,
  FlagName<Table, "strings">
>;

interface FlagReaders<Text, Integer, Bool, List> {
  readonly string: (name: Text) => string;
  readonly int: (name: Integer) => number;
  readonly bool: (name: Bool) => boolean;
  readonly strings: (name: List) => readonly string[];
  /** Reports whether the flag is given. */
  readonly given: (name: Text | Integer | Bool | List) => boolean;
}
