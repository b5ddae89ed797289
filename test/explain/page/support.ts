import { isObject } from "../../../src/go/json.ts";
import type { JsonValue } from "../../../src/go/json-value.ts";

/** What an HTML parser finds in a page. */
export interface Parsed {
  /** The elements in the order of the page, each with its attributes. */
  readonly elements: readonly { readonly tag: string; readonly attributes: Readonly<Record<string, string>> }[];
  /** Returns the text of each element that a selector finds. */
  readonly texts: (selector: string) => readonly string[];
}

/** Parses a page with the parser of the runtime, which is one for HTML as browsers read it. */
export function parsed(page: string): Parsed {
  const elements: { readonly tag: string; readonly attributes: Record<string, string> }[] = [];
  new HTMLRewriter()
    .on("*", {
      element(found) {
        elements.push({
          tag: found.tagName,
          attributes: Object.fromEntries([...found.attributes].map(([name, value]) => [name, decoded(value)])),
        });
      },
    })
    .transform(page);
  return { elements, texts: (selector) => textsIn(page, selector) };
}

function textsIn(page: string, selector: string): readonly string[] {
  const found: string[] = [];
  new HTMLRewriter()
    .on(selector, {
      element() {
        found.push("");
      },
      text({ text }) {
        found.push((found.pop() ?? "") + text);
      },
    })
    .transform(page);
  return found.map(decoded);
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', "#39": "'" };

/** Returns a text without the entities that a page has. */
export function decoded(text: string): string {
  return text.replace(/&([a-z]+|#39);/g, (entity, name: string) => ENTITIES[name] ?? entity);
}

/** Returns the leaves of a document in order: scalars and empty collections. */
export function leavesOf(value: JsonValue): readonly JsonValue[] {
  if (Array.isArray(value) && value.length > 0) return value.flatMap(leavesOf);
  if (isObject(value) && Object.keys(value).length > 0)
    return Object.values(value as Readonly<Record<string, JsonValue>>).flatMap(leavesOf);
  return [value];
}
