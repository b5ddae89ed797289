import { all } from "./dom.ts";

// A row is an item of a tree: a value, or a group of values that can be folded.

/** Returns the row that an element belongs to. */
export function rowOf(element: Element): HTMLElement | undefined {
  return element.closest<HTMLElement>(".tree li") ?? undefined;
}

/** Returns the part of a row that gets the focus: the heading of a group, or the name of a value. */
export function handleOf(row: Element): HTMLElement | undefined {
  return row.querySelector<HTMLElement>(":scope > details > summary, :scope > .row a.key") ?? undefined;
}

/** Returns the line of a row: its name and value, without what is below. */
export function lineOf(row: Element): HTMLElement | undefined {
  return row.querySelector<HTMLElement>(":scope > details > summary, :scope > .row") ?? undefined;
}

/** Returns the group of a row; undefined for a single value. */
export function groupOf(row: Element): HTMLDetailsElement | undefined {
  return row.querySelector<HTMLDetailsElement>(":scope > details") ?? undefined;
}

/** Returns the row that contains another one. */
export function parentOf(row: Element): HTMLElement | undefined {
  return row.parentElement === null ? undefined : rowOf(row.parentElement);
}

/** Returns the rows directly below a row, folded or not. */
export function childrenOf(row: Element): readonly HTMLElement[] {
  return all(":scope > details > ul > li", row);
}

/** Returns the row after another one, as they are seen. */
export function rowAfter(row: HTMLElement): HTMLElement | undefined {
  if (groupOf(row)?.open) return childrenOf(row)[0];
  for (let at: HTMLElement | undefined = row; at !== undefined; at = parentOf(at)) {
    const next = at.nextElementSibling;
    if (next instanceof HTMLElement) return next;
  }
  const trees = all(".tree");
  const tree = trees[trees.findIndex((each) => each.contains(row)) + 1];
  return tree?.querySelector<HTMLElement>(":scope > li") ?? undefined;
}

/** Returns the row before another one, as they are seen. */
export function rowBefore(row: HTMLElement): HTMLElement | undefined {
  const previous = row.previousElementSibling;
  if (previous instanceof HTMLElement) return lastIn(previous);
  const parent = parentOf(row);
  if (parent !== undefined) return parent;
  const trees = all(".tree");
  const last = trees[trees.findIndex((each) => each.contains(row)) - 1]?.lastElementChild;
  return last instanceof HTMLElement ? lastIn(last) : undefined;
}

/** Returns the last row that is seen within a row. */
export function lastIn(row: HTMLElement): HTMLElement {
  const last = groupOf(row)?.open ? childrenOf(row).at(-1) : undefined;
  return last === undefined ? row : lastIn(last);
}

/** Returns the address of a row within the page. */
export function hrefOf(row: Element): string {
  return `#${encodeURIComponent(row.id)}`;
}
