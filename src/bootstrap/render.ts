/** A template compiled before run time; see `eta-plugin.ts`. */
export type Template = (it: object, include: (name: string) => string, json: (value: unknown) => string) => string;

/**
 * The section `bootstrap` with the sections it includes, as indented JSON. Every value passes {@link jsonValue} and the
 * whole is parsed back, so that an invalid document cannot leave this function.
 * @throws Error (a bug) when a template yields something else
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

/** A value as JSON; a value that is not there is a bug of the template, not the word `undefined` in a document. */
export function jsonValue(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new Error("A template names a value that does not exist");
  return text;
}
