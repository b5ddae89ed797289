import type { Argument } from "./argument.ts";
import type { Flag } from "./flag.ts";

/**
 * Finds the subcommand by cobra's rule: the values of flags before it are skipped, and an unknown flag without `=` takes the next
 * argument as its value (contract 1.6 §1.5). `rest` has all other arguments.
 */
export function findCommand(
  all: readonly Argument[],
  rootFlags: readonly Flag[],
  commands: readonly string[],
): { readonly name?: string; readonly rest: readonly Argument[]; readonly unknown?: string } {
  for (let at = 0; at < all.length; at++) {
    const argument = all[at];
    if (argument === undefined || argument.kind === "end") break;
    if (argument.kind !== "positional") at += takesNext(argument, rootFlags) ? 1 : 0;
    else if (argument.text !== "" && argument.text !== "-") {
      const rest = [...all.slice(0, at), ...all.slice(at + 1)];
      return commands.includes(argument.text) ? { name: argument.text, rest } : { rest, unknown: argument.text };
    }
  }
  return { rest: all };
}

function takesNext(argument: Argument, rootFlags: readonly Flag[]): boolean {
  const { text } = argument;
  if (text.includes("=")) return false;
  if (argument.kind === "short") return text.length === 2 && text !== "-h";
  if (argument.kind === "long") return argument.name !== "help" && rootFlags.find(({ name }) => name === argument.name)?.kind !== "bool";
  return true;
}
