import type { Flag } from "./flag.ts";

/**
 * Which subcommand the words name, by cobra's rule: words that flags before it take for their values do not count, and
 * an unknown flag written without `=` takes one (contract 1.6 §1.5). `words` are the rest, flags before the command included.
 */
export function findCommand(
  argv: readonly string[],
  rootFlags: readonly Flag[],
  commands: readonly string[],
): { readonly name?: string; readonly words: readonly string[]; readonly unknown?: string } {
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] ?? "";
    if (word === "--") break;
    if (takesNext(word, rootFlags)) at++;
    else if (word !== "" && !word.startsWith("-")) {
      const words = [...argv.slice(0, at), ...argv.slice(at + 1)];
      return commands.includes(word) ? { name: word, words } : { words, unknown: word };
    }
  }
  return { words: argv };
}

function takesNext(word: string, rootFlags: readonly Flag[]): boolean {
  if (word.includes("=") || !word.startsWith("-")) return false;
  if (word.startsWith("--")) return rootFlags.find((flag) => flag.name === word.slice(2))?.kind !== "bool" && word !== "--help";
  return word.length === 2 && word !== "-h";
}
