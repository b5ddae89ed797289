import type { FlagArgument } from "../../src/cli/flag.ts";

/** Returns arguments of the form `--name=value` as records. */
export function flagArguments(...texts: readonly string[]): readonly FlagArgument[] {
  return texts.map((text) => {
    const at = text.indexOf("=");
    return { name: text.slice(2, at), value: text.slice(at + 1) };
  });
}

/** Returns the texts of arguments. */
export function flagTexts(all: readonly FlagArgument[]): readonly string[] {
  return all.map(({ name, value }) => `--${name}=${value}`);
}
