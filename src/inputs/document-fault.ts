import { excerpt } from "../go/display-text.ts";
import { failurePosition } from "../go/go-yaml.ts";
import { type Position, positionAtOffset } from "../go/text-position.ts";

// Loaded only for a text that cannot be read.

/**
 * Returns why a YAML or JSON text cannot be read, with the position and the text there. `error` is the parser's message, `refused` the
 * offset of a character that YAML forbids.
 */
export function documentFault(text: string, error: string, forbidden: number | undefined): string {
  const at = faultPosition(text, error, forbidden);
  const template = templateBefore(text, at);
  if (template !== undefined)
    return `line ${template.line}, column ${template.column}: ${excerpt(template.text)} is an unexpanded template expression (${error})`;
  if (at === undefined) return `${error}: ${excerpt(text)}`;
  const rest =
    text
      .split("\n")
      [at.line - 1]?.slice(at.column - 1)
      .trim() ?? "";
  const near = rest === "" ? "" : `, near ${excerpt(rest, undefined, text)}`;
  return /line \d+: column \d+/.test(error) ? `${error}${near}` : `${error} (line ${at.line}, column ${at.column}${near})`;
}

/** Returns the position of what cannot be read; undefined where it is not known. */
export function faultPosition(text: string, error: string, forbidden: number | undefined): Position | undefined {
  return forbidden === undefined ? errorPosition(text, error) : positionAtOffset(text, forbidden);
}

function errorPosition(text: string, error: string): Position | undefined {
  const [, line, column] = /line (\d+): column (\d+)/.exec(error) ?? [];
  if (line !== undefined) return { line: Number(line), column: Number(column) };
  return failurePosition(text);
}

/** Returns the first `{{ … }}` of a text, unless the error is on an earlier line. */
function templateBefore(text: string, fault: Position | undefined): (Position & { readonly text: string }) | undefined {
  const found = /\{\{.*?(?:\}\}|$)/m.exec(text);
  if (found === null) return undefined;
  const at = positionAtOffset(text, found.index);
  const isBefore = fault !== undefined && fault.line < at.line;
  return isBefore ? undefined : { ...at, text: found[0] };
}
