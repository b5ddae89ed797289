import { Eta } from "eta";
import { ConfigError, errorText } from "../common/errors.ts";
import { jsonValue } from "./render.ts";

// Loaded only for a person's own template: the one place where code is made at run time.

/**
 * A person's Eta template rendered with the profile's parameters: `<%= %>` writes a JSON value, `<%~ %>` text as it is.
 * @throws ConfigError, with the profile's status, for a template that fails or yields no JSON
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

/** The library's message without the code it has made of the template, which follows a ruled line. */
function reasonOf(error: unknown): string {
  return (errorText(error).split("\n==")[0] ?? "").trim().replace(/\n+/g, ": ");
}
