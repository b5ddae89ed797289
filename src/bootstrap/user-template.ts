import { Eta } from "eta";
import { ConfigError, errorText } from "../common/errors.ts";
import { jsonValue } from "./render.ts";

// Loaded only for a user's template: the only code that is generated at run time.

/**
 * Renders a user's Eta template with the profile's parameters: `<%= %>` writes a JSON value, `<%~ %>` raw text.
 * @throws ConfigError, with `status`, if the template fails or does not render JSON
 */
export function renderUserTemplate(path: string, template: string, parameters: object, status: number): string {
  const refuse = (error: unknown) => new ConfigError(`Cannot render bootstrap template "${path}"`, [reasonOf(error)], status);
  let text: string;
  try {
    text = new Eta({ autoEscape: true, escapeFunction: jsonValue }).renderString(template, parameters);
  } catch (error) {
    throw refuse(error);
  }
  try {
    return path.endsWith(".yaml.eta") ? text : `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
  } catch (error) {
    throw refuse(`its output is not JSON: ${errorText(error)}`);
  }
}

/** Returns the library's message without the generated code, which follows a line of "=". */
function reasonOf(error: unknown): string {
  return (errorText(error).split("\n==")[0] ?? "").trim().replace(/\n+/g, ": ");
}
