/** What a flag takes: `int` is pflag's, 64 bits in any base that Go writes; `int32` that of klog, decimal. */
export type FlagKind = "string" | "int" | "int32" | "bool" | "strings";

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

export function stringFlag<const Name extends string>(name: Name, fallback: string, help: string): Flag<Name, "string"> {
  return { name, kind: "string", default: fallback, help };
}

export function intFlag<const Name extends string>(name: Name, fallback: number, help: string): Flag<Name, "int"> {
  return { name, kind: "int", default: String(fallback), help };
}

export function boolFlag<const Name extends string>(name: Name, fallback: boolean, help: string): Flag<Name, "bool"> {
  return { name, kind: "bool", default: String(fallback), help };
}

/** The names of a table's flags that take a kind of value. */
export type FlagName<Table extends FlagTable, Kind extends FlagKind = FlagKind> = NameOf<Table[number], Kind>;
type NameOf<Row extends Flag, Kind extends FlagKind> =
  Row extends Flag<infer Name, infer Own> ? (Own & Kind extends never ? never : Name) : never;

/** The values of the flags of a table, every one present; a name that is not in it, or takes another kind of value, does not compile. */
export type FlagValues<Table extends FlagTable> = FlagReaders<
  FlagName<Table, "string">,
  FlagName<Table, "int" | "int32">,
  FlagName<Table, "bool">,
  FlagName<Table, "strings">
>;

interface FlagReaders<Text, Integer, Truth, List> {
  readonly string: (name: Text) => string;
  readonly int: (name: Integer) => number;
  readonly bool: (name: Truth) => boolean;
  readonly strings: (name: List) => readonly string[];
  /** Whether the flag stood on the command line. */
  readonly given: (name: Text | Integer | Truth | List) => boolean;
}
