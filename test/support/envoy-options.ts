import type { EnvoyOption } from "../../src/envoy/options.ts";

/** Parses options of a command line: each name with the next argument, unless that is a name too. */
export function optionsOf(...args: readonly string[]): readonly EnvoyOption[] {
  const options: EnvoyOption[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const [name = "", value] = args.slice(at, at + 2);
    const isAlone = value === undefined || /^--?[a-z]/.test(value);
    options.push(isAlone ? { name } : { name, value });
    if (!isAlone) at += 1;
  }
  return options;
}
