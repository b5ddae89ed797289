import { all, button, element } from "./dom.ts";
import { lineOf, parentOf } from "./rows.ts";

/** Finds texts in values and inputs. */
export interface Search {
  readonly field: HTMLInputElement;
  readonly parts: readonly HTMLElement[];
  readonly next: (step: 1 | -1) => void;
  readonly focus: () => void;
  readonly clear: () => void;
}

/** What a search does with what it finds; `undefined`: there is nothing, or the search is over. */
export type Found = (found: HTMLElement | undefined) => void;

interface Entry {
  readonly element: HTMLElement;
  /** The part that is marked. */
  readonly line: HTMLElement;
  readonly text: string;
  /** The path of a value, and that of the group it is in. */
  readonly path: string;
  readonly above: string;
}

/** The most places that are marked; more would not be told apart. */
const MOST_MARKS = 2000;

/** Returns a search field with its buttons. */
export function openSearch(found: Found): Search {
  // Made when they are needed: they take as long as the rest of the page.
  let entries: readonly Entry[] | undefined;
  const field = searchField();
  const count = element("span", { class: "status", role: "status" });
  let hits: readonly Entry[] = [];
  let current = -1;
  const show = () => {
    for (const each of all(".hit")) each.classList.remove("hit");
    const hit = hits[current];
    hit?.line.classList.add("hit");
    count.textContent = field.value === "" ? "" : hit === undefined ? "no match" : `${current + 1} of ${hits.length}`;
    found(hit?.element);
  };
  const next = (step: 1 | -1) => {
    if (hits.length === 0) return;
    current = (current + step + hits.length) % hits.length;
    show();
  };
  const search = () => {
    const wanted = field.value.toLowerCase();
    entries ??= entriesOf();
    hits = wanted === "" ? [] : entries.filter((entry) => matches(entry, wanted));
    current = hits.length > 0 ? 0 : -1;
    markAll(hits, wanted);
    show();
  };
  field.addEventListener("input", search);
  return {
    field,
    next,
    parts: [
      element("span", { class: "search" }, field, element("kbd", { "aria-hidden": "true" }, "/")),
      button("↑", "Previous match", () => next(-1)),
      button("↓", "Next match", () => next(1)),
      count,
    ],
    focus: () => {
      field.focus();
      field.select();
    },
    clear: () => {
      field.value = "";
      search();
    },
  };
}

function searchField(): HTMLInputElement {
  const field = document.createElement("input");
  Object.assign(field, { type: "search", placeholder: "Search values and inputs", autocomplete: "off", spellcheck: false });
  field.setAttribute("aria-label", "Search values and inputs");
  field.setAttribute("aria-keyshortcuts", "/");
  return field;
}

function entriesOf(): readonly Entry[] {
  return all(".tree li, .entry").flatMap((found) => {
    const isRow = found.matches(".tree li");
    const line = isRow ? lineOf(found) : found;
    if (line === undefined) return [];
    const [path, above] = isRow ? [found.id, parentOf(found)?.id ?? ""] : ["", ""];
    return [{ element: found, line, text: (line.textContent ?? "").toLowerCase(), path: path.toLowerCase(), above: above.toLowerCase() }];
  });
}

/** Reports whether an entry has a text; a path is found where it ends, not in everything below. */
function matches({ text, path, above }: Entry, wanted: string): boolean {
  return text.includes(wanted) || (path.includes(wanted) && !above.includes(wanted));
}

/** Marks what was found, without changing the page. */
function markAll(hits: readonly Entry[], wanted: string): void {
  if (!("highlights" in CSS)) return;
  const ranges: Range[] = [];
  for (const { line } of wanted === "" ? [] : hits) {
    if (ranges.length >= MOST_MARKS) break;
    const texts = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
      const text = (node.textContent ?? "").toLowerCase();
      for (
        let at = text.indexOf(wanted);
        at >= 0 && at + wanted.length <= (node.textContent ?? "").length;
        at = text.indexOf(wanted, at + wanted.length)
      ) {
        const range = new Range();
        range.setStart(node, at);
        range.setEnd(node, at + wanted.length);
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}
