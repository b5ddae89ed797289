import { all } from "./dom.ts";
import type { Folding } from "./folding.ts";
import type { Panel } from "./panel.ts";
import { handleOf } from "./rows.ts";

/** The selected row, whose inputs the panel shows. */
export interface Selection {
  readonly row: () => HTMLElement | undefined;
  readonly select: (row: HTMLElement | undefined) => void;
  /** Shows another row until the next call; without one, or for what is no row, the selected one. */
  readonly preview: (element: Element | undefined) => void;
  /** Moves the focus to a row, which selects it. */
  readonly goTo: (row: HTMLElement) => void;
  /** Moves the focus back to where it was in the tree. */
  readonly goBack: () => void;
}

/** Returns the selection; the Tab key leads to one row of the tree, the selected one. */
export function openSelection(panel: Pick<Panel, "show">, folding: Pick<Folding, "reveal">): Selection {
  for (const each of all(".tree summary, .tree a")) each.tabIndex = -1;
  let selected: HTMLElement | undefined;
  let [active] = all(".tree > li");
  const setTabStop = (row: HTMLElement | undefined, tabindex: "0" | "-1") => row && handleOf(row)?.setAttribute("tabindex", tabindex);
  setTabStop(active, "0");
  const select = (row: HTMLElement | undefined) => {
    selected?.classList.remove("selected");
    row?.classList.add("selected");
    selected = row;
    panel.show(row);
    if (row === undefined) return;
    setTabStop(active, "-1");
    setTabStop(row, "0");
    active = row;
  };
  const goTo = (row: HTMLElement) => {
    folding.reveal(row);
    const handle = handleOf(row);
    handle?.focus({ preventScroll: true });
    handle?.scrollIntoView({ block: "nearest" });
    // A page in the background gets no event of its focus.
    select(row);
  };
  return {
    row: () => selected,
    select,
    preview: (element) => panel.show(element instanceof HTMLElement && element.matches(".tree li") ? element : selected),
    goTo,
    goBack: () => {
      if (active) goTo(active);
    },
  };
}
