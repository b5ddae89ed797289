/** A precompiled template; see `eta-plugin.ts`. */
export type Template = (it: object, include: (name: string) => string, json: (value: unknown) => string) => string;

/**
 * Renders the section `bootstrap` and the sections it includes as indented JSON. Every value passes {@link jsonValue} and the result is
 * parsed again, so the output is always valid JSON.
 * @throws Error (a bug) if a template renders anything else
 */
export function renderSections(sections: Readonly<Record<string, Template>>, parameters: object): string {
  const include = (name: string): string => {
    const section = sections[name];
    if (section === undefined) throw new Error(`No template section "${name}"`);
    return section(parameters, include, jsonValue);
  };
  const text = include("bootstrap");
  try {
    return `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
  } catch (cause) {
    throw new Error("The bootstrap template does not yield JSON", { cause });
  }
}

/** Formats a value as JSON; throws for undefined, which is a bug in a template. */
export function jsonValue(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new Error("A template names a value that does not exist");
  return text;
}
