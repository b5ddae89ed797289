import { all } from "./dom.ts";
import { childrenOf, groupOf, lastIn, parentOf, rowAfter, rowBefore } from "./rows.ts";

/** Returns the row that a key leads to; the same one if the key only folds or unfolds it, undefined for keys without a meaning. */
export function rowForKey(key: string, row: HTMLElement): HTMLElement | undefined {
  const group = groupOf(row);
  switch (key) {
    case "ArrowDown":
      return rowAfter(row) ?? row;
    case "ArrowUp":
      return rowBefore(row) ?? row;
    case "ArrowRight":
      if (group === undefined) return row;
      if (group.open) return childrenOf(row)[0] ?? row;
      group.open = true;
      return row;
    case "ArrowLeft":
      if (!group?.open) return parentOf(row) ?? row;
      group.open = false;
      return row;
    case "Home":
      return all(".tree > li")[0];
    case "End": {
      const last = all(".tree > li").at(-1);
      return last && lastIn(last);
    }
    case "*":
      for (const each of row.parentElement?.children ?? []) {
        const sibling = groupOf(each);
        if (sibling) sibling.open = true;
      }
      return row;
    default:
      return undefined;
  }
}
