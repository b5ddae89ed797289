/** A template compiled before run time; see `eta-plugin.ts`. */
export type Template = (this: TemplateContext, it: object, options: object) => string;

interface TemplateContext {
  readonly config: { readonly escapeFunction: (value: unknown) => string; readonly filterFunction: (value: unknown) => string };
  readonly render: (name: string, data: object) => string;
}

/**
 * The section `bootstrap` with the sections it includes, as indented JSON. Every value passes {@link jsonValue} and the
 * whole is parsed back, so that an invalid document cannot leave this function.
 * @throws Error (a bug) when a template yields something else
 */
export function renderSections(sections: Readonly<Record<string, Template>>, parameters: object): string {
  const context: TemplateContext = {
    config: { escapeFunction: jsonValue, filterFunction: String },
    render(name, data) {
      const section = sections[name];
      if (section === undefined) throw new Error(`No template section "${name}"`);
      return section.call(context, data, {});
    },
  };
  const text = context.render("bootstrap", parameters);
  try {
    return `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
  } catch (cause) {
    throw new Error("The bootstrap template yields no JSON", { cause });
  }
}

/** A value as JSON; a value that is not there is a bug of the template, not the word `undefined` in a document. */
export function jsonValue(value: unknown): string {
  const text = JSON.stringify(value);
  if (text === undefined) throw new Error("A template names a value that does not exist");
  return text;
}
