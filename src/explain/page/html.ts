/** A piece of HTML: structure that the page writes itself, with all texts in it escaped. */
export interface Html {
  readonly html: string;
}

/** What a template may contain: texts, which are escaped, pieces and lists of pieces. */
type Part = string | number | Html | readonly Html[] | undefined;

/**
 * Returns a template as HTML. Everything that is filled in is escaped, unless it is HTML itself; the same escapes are right in texts and in
 * attributes with double quotes, and a template has no other place for a value.
 */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: texts.reduce((all, text, index) => `${all}${markup(parts[index - 1])}${text}`) };
}

function markup(part: Part): string {
  if (part === undefined) return "";
  if (typeof part === "string" || typeof part === "number") return escaped(String(part));
  return "html" in part ? part.html : part.map((each) => each.html).join("");
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return visible(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/**
 * Characters that nobody sees, or that change what others look like: controls but for line ends and tabs, lone surrogates, marks of
 * direction, joiners and other format characters, and the line ends of Unicode.
 */
const INVISIBLE = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\u115f\u1160\u3164\uffa0]/gu;

/** Returns a text in which invisible characters are written as escapes of JSON, so that a text looks like what it is. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) =>
    Array.from({ length: character.length }, (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  );
}
