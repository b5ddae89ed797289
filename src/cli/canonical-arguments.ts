import type { Argument } from "./argument.ts";
import type { Flag, FlagArgument } from "./flag.ts";

/** The arguments of one command, sorted by kind. */
export interface CanonicalArguments {
  /** The known flags with their values. */
  readonly flags: readonly FlagArgument[];
  readonly positionals: readonly string[];
  /** Unknown flags as written, each with the argument that it takes as its value. */
  readonly unknown: readonly UnknownFlag[];
  readonly help: boolean;
  readonly errors: readonly string[];
}

export interface UnknownFlag {
  readonly flag: string;
  readonly value?: string;
}

/**
 * Returns the arguments of one command by pflag's rules (contract 1.6 §1.5, 1.30 §1.3): a valued flag takes the next argument
 * whatever it is, a boolean takes one only with `=`, an unknown flag takes a following argument without a leading dash, `--` ends
 * the flags.
 */
export function canonicalArguments(all: readonly Argument[], table: readonly Flag[]): CanonicalArguments {
  const result = {
    flags: [] as FlagArgument[],
    positionals: [] as string[],
    unknown: [] as UnknownFlag[],
    help: false,
    errors: [] as string[],
  };
  const rest = [...all];
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument.kind === "positional") result.positionals.push(argument.text);
    else if (argument.kind === "long") takeLong(argument, rest, table, result);
    else if (argument.kind === "short") takeShorts(argument.text, rest, table, result);
    else if (argument.kind === "malformed") result.errors.push(`bad flag syntax: ${argument.text}`);
    else for (const { text } of rest.splice(0)) result.positionals.push(text);
  }
  return result;
}

type Gathered = {
  -readonly [Key in keyof CanonicalArguments]: CanonicalArguments[Key] extends readonly (infer T)[] ? T[] : CanonicalArguments[Key];
};

function takeLong(
  { name, value }: Extract<Argument, { readonly kind: "long" }>,
  rest: Argument[],
  table: readonly Flag[],
  result: Gathered,
): void {
  const flag = table.find((each) => each.name === name);
  if (flag !== undefined) takeKnown(flag, `--${name}`, value, rest, result);
  else if (name === "help") result.help = true;
  else if (value !== undefined) result.unknown.push({ flag: `--${name}` });
  else result.unknown.push(unknownFlag(`--${name}`, rest));
}

function takeShorts(text: string, rest: Argument[], table: readonly Flag[], result: Gathered): void {
  for (let letters = text.slice(1); letters.length > 0; letters = letters.slice(1)) {
    const letter = letters[0] ?? "";
    const flag = table.find((each) => each.short === letter);
    if (flag !== undefined) {
      // As in pflag, an equals sign without a value behind it is the value itself.
      const hasEquals = letters.length > 2 && letters[1] === "=";
      if (flag.kind === "bool" && !hasEquals) {
        result.flags.push({ name: flag.name, value: "true" });
        continue;
      }
      const attached = hasEquals ? letters.slice(2) : letters.slice(1) || undefined;
      takeKnown(flag, `'${letter}' in ${text}`, attached, rest, result);
      return;
    }
    if (letter === "h") {
      result.help = true;
      return;
    }
    if (letters.length > 2 && letters[1] === "=") {
      result.unknown.push({ flag: `-${letter}` });
      return;
    }
    result.unknown.push(unknownFlag(`-${letter}`, rest));
  }
}

/** Takes a known flag with its value; `shown` is the flag in an error message. */
function takeKnown(flag: Flag, shown: string, attached: string | undefined, rest: Argument[], result: Gathered): void {
  const value = attached ?? (flag.kind === "bool" ? "true" : rest.shift()?.text);
  if (value !== undefined) result.flags.push({ name: flag.name, value });
  else result.errors.push(`flag needs an argument: ${shown}`);
}

function unknownFlag(flag: string, rest: Argument[]): UnknownFlag {
  const next = rest[0];
  if (next === undefined || next.text.startsWith("-")) return { flag };
  rest.shift();
  return { flag, value: next.text };
}
