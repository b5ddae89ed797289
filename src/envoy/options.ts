/** Options of the planned command lines that stand alone; every other one takes the next word (envoy-notes §1). */
const ALONE: ReadonlySet<string> = new Set([
  "--disable-hot-restart",
  "--allow-unknown-static-fields",
  "--skip-deprecated-logs",
  "--enable-core-dump",
  "--use-dynamic-base-id",
]);

/** One option of Envoy's command line with its value, if it takes one. */
export type Option = readonly [name: string, value?: string];

/** A planned command line by options, so that a value is never taken for an option; `.flat()` gives the words back. */
export function optionsOf(args: readonly string[]): readonly Option[] {
  const options: Option[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const name = args[at] ?? "";
    const value = ALONE.has(name) ? undefined : args[at + 1];
    options.push(value === undefined ? [name] : [name, value]);
    if (value !== undefined) at += 1;
  }
  return options;
}

/** The value of an option by any of its names, on a planned command line; undefined where it is not there. */
export function argumentOf(args: readonly string[], ...names: readonly string[]): string | undefined {
  return optionsOf(args).find(([name]) => names.includes(name))?.[1];
}

/** The words of options. */
export function wordsOf(options: readonly Option[]): readonly string[] {
  return options.flatMap(([name, value]) => (value === undefined ? [name] : [name, value]));
}
