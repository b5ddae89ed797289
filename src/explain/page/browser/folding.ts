import { all } from "./dom.ts";

/** Opens and closes the groups of values. */
export interface Folding {
  readonly foldAll: () => void;
  readonly unfoldAll: () => void;
  /** Opens only groups that contain something of interest: values of inputs, or differences. */
  readonly showInteresting: () => void;
  /** Opens everything around an element. */
  readonly reveal: (element: Element) => void;
  /** Opens everything around an element until the next `restore`. */
  readonly peek: (element: Element) => void;
  readonly restore: () => void;
}

/** Returns the folding of the page. */
export function openFolding(interesting: string): Folding {
  const groups = all(".tree details").filter((each) => each instanceof HTMLDetailsElement);
  let peeked: HTMLDetailsElement[] = [];
  const around = (element: Element): readonly HTMLDetailsElement[] => {
    const found: HTMLDetailsElement[] = [];
    // The heading of a group is seen even if it is closed.
    let at = element instanceof HTMLLIElement ? element.parentElement : element;
    for (; at !== null; at = at.parentElement) if (at instanceof HTMLDetailsElement && !at.open) found.push(at);
    return found;
  };
  const set = (open: (group: HTMLDetailsElement) => boolean) => {
    peeked = [];
    for (const group of groups) group.open = open(group);
  };
  return {
    foldAll: () => set(() => false),
    unfoldAll: () => set(() => true),
    showInteresting: () => set((group) => group.querySelector(interesting) !== null),
    reveal: (element) => {
      for (const group of around(element)) group.open = true;
    },
    peek: (element) => {
      for (const group of around(element)) {
        group.open = true;
        peeked.push(group);
      }
    },
    restore: () => {
      for (const group of peeked) group.open = false;
      peeked = [];
    },
  };
}

/** Opens everything for print, and closes it again afterwards. */
export function unfoldForPrint(): void {
  let closed: readonly HTMLDetailsElement[] = [];
  const groups = () => all("details").filter((each) => each instanceof HTMLDetailsElement);
  addEventListener("beforeprint", () => {
    closed = groups().filter(({ open }) => !open);
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
  });
}
