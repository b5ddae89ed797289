import { quote } from "../go/literal.ts";
import type { Flag } from "./flag.ts";

export interface CanonicalWords {
  /** `--name=value` for every known flag, nothing else that starts with a dash. */
  readonly flags: readonly string[];
  readonly positionals: readonly string[];
  /** Unknown flags as they stood, each with the word it swallowed. */
  readonly unknown: readonly UnknownFlag[];
  readonly help: boolean;
  readonly errors: readonly string[];
}

export interface UnknownFlag {
  readonly flag: string;
  readonly swallowed?: string;
}

/**
 * The words of one command by pflag's rules, in a form no parser can misread (contract 1.6 §1.5, 1.30 §1.3): a valued flag
 * takes the next word whatever it is, a boolean takes one only with `=`, an unknown flag swallows a following word
 * without a leading dash, `--` ends the flags.
 */
export function canonicalWords(words: readonly string[], table: readonly Flag[]): CanonicalWords {
  const result = { flags: [] as string[], positionals: [] as string[], unknown: [] as UnknownFlag[], help: false, errors: [] as string[] };
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (!word.startsWith("-") || word === "-") result.positionals.push(word);
    else if (word === "--") result.positionals.push(...rest.splice(0));
    else if (word.startsWith("--")) takeLong(word, rest, table, result);
    else takeShorts(word, rest, table, result);
  }
  return result;
}

type Gathered = { -readonly [Key in keyof CanonicalWords]: CanonicalWords[Key] extends readonly (infer T)[] ? T[] : CanonicalWords[Key] };

function takeLong(word: string, rest: string[], table: readonly Flag[], result: Gathered): void {
  const body = word.slice(2);
  if (body.startsWith("-") || body.startsWith("=")) {
    result.errors.push(`bad flag syntax: ${word}`);
    return;
  }
  const at = body.indexOf("=");
  const name = at < 0 ? body : body.slice(0, at);
  const flag = table.find((each) => each.name === name);
  if (flag !== undefined) takeKnown(flag, `--${name}`, at < 0 ? undefined : body.slice(at + 1), rest, result);
  else if (name === "help") result.help = true;
  else if (at >= 0) result.unknown.push({ flag: `--${name}` });
  else result.unknown.push(swallowing(`--${name}`, rest));
}

function takeShorts(word: string, rest: string[], table: readonly Flag[], result: Gathered): void {
  for (let letters = word.slice(1); letters.length > 0; letters = letters.slice(1)) {
    const letter = letters[0] ?? "";
    const flag = table.find((each) => each.short === letter);
    if (flag !== undefined) {
      if (flag.kind === "bool" && letters[1] !== "=") {
        result.flags.push(`--${flag.name}=true`);
        continue;
      }
      const attached = letters[1] === "=" ? letters.slice(2) : letters.slice(1) || undefined;
      takeKnown(flag, `-${letter}`, attached, rest, result, ` in ${word}`);
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
    result.unknown.push(swallowing(`-${letter}`, rest));
  }
}

function takeKnown(flag: Flag, written: string, attached: string | undefined, rest: string[], result: Gathered, where = ""): void {
  const value = attached ?? (flag.kind === "bool" ? "true" : rest.shift());
  if (value !== undefined) result.flags.push(`--${flag.name}=${value}`);
  else
    result.errors.push(
      where === ""
        ? `flag needs an argument: ${written}`
        : `flag needs an argument: ${quote(written[1] ?? "").replaceAll('"', "'")}${where}`,
    );
}

function swallowing(flag: string, rest: string[]): UnknownFlag {
  const next = rest[0];
  if (next === undefined || next.startsWith("-")) return { flag };
  rest.shift();
  return { flag, swallowed: next };
}
