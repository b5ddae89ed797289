import { all, button, element } from "./dom.ts";
import { handleOf } from "./rows.ts";
import type { Selection } from "./selection.ts";

/** Steps from one difference to the next. */
export interface Differences {
  readonly parts: readonly HTMLElement[];
  readonly next: (step: 1 | -1) => void;
}

/** Returns the buttons for the differences of two launches. */
export function openDifferences(selection: Pick<Selection, "row" | "goTo">): Differences {
  const rows = all(".tree li.differs");
  const count = element("span", { class: "status", role: "status" }, countText(rows.length));
  const next = (step: 1 | -1) => {
    const at = selection.row();
    const isAfter = (row: HTMLElement) => at === undefined || Boolean(at.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_FOLLOWING);
    const isBefore = (row: HTMLElement) => at !== undefined && Boolean(at.compareDocumentPosition(row) & Node.DOCUMENT_POSITION_PRECEDING);
    const row = step > 0 ? (rows.find(isAfter) ?? rows[0]) : (rows.findLast(isBefore) ?? rows.at(-1));
    if (row === undefined) return;
    count.textContent = `${rows.indexOf(row) + 1} of ${countText(rows.length)}`;
    selection.goTo(row);
    handleOf(row)?.scrollIntoView({ block: "center" });
  };
  const parts = [button("↑", "Previous difference", () => next(-1)), button("↓", "Next difference", () => next(1)), count];
  return { next, parts };
}

function countText(count: number): string {
  return count === 0 ? "no differences" : `${count} difference${count === 1 ? "" : "s"}`;
}
