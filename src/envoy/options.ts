/** An option of Envoy's command line; a switch has no value. */
export interface EnvoyOption {
  readonly name: string;
  readonly value?: string;
}

/** Returns the value of an option by any of its names; undefined if it is not set. */
export function optionValue(options: readonly EnvoyOption[], ...names: readonly string[]): string | undefined {
  return options.find(({ name }) => names.includes(name))?.value;
}

/** Returns whether an option is set, with or without a value. */
export function hasOption(options: readonly EnvoyOption[], name: string): boolean {
  return options.some((option) => option.name === name);
}

/** Converts options to arguments; the last step before a process starts, as a value may look like an option. */
export function argumentsOf(options: readonly EnvoyOption[]): readonly string[] {
  const args: string[] = [];
  for (const { name, value } of options) {
    args.push(name);
    if (value !== undefined) args.push(value);
  }
  return args;
}
