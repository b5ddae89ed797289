import { type Differences, openDifferences } from "./differences.ts";
import { button, element, targetOf } from "./dom.ts";
import { type Folding, openFolding, unfoldForPrint } from "./folding.ts";
import { rowForKey } from "./keys.ts";
import { openPanel, type Panel } from "./panel.ts";
import { handleOf, hrefOf, rowOf } from "./rows.ts";
import { openSearch, type Search } from "./search.ts";
import { openSelection, type Selection } from "./selection.ts";

// The page can be read without this script; it adds a panel for the selected value, search, keys and steps between differences.

function start(main: HTMLElement, toolbar: HTMLElement, aside: HTMLElement): void {
  const isPair = document.body.classList.contains("two");
  const folding = openFolding(isPair ? ".differs" : ".from");
  const panel = openPanel(aside, isPair, () => selection.select(undefined));
  const selection = openSelection(panel, folding);
  const search = openSearch((found) => showFound(found, search, folding, selection));
  const differences = isPair ? openDifferences(selection) : undefined;
  listenToTrees(main, panel, selection);
  listenToKeys(aside, { search, differences, selection });
  toolbar.append(
    element("div", { class: "group" }, ...search.parts),
    element(
      "div",
      { class: "group" },
      button("Fold all", "", folding.foldAll),
      button("Unfold all", "", folding.unfoldAll),
      button(isPair ? "Fold equal values" : "Fold defaults", "", folding.showInteresting),
    ),
    ...(differences ? [element("div", { class: "group" }, ...differences.parts)] : []),
  );
  toolbar.hidden = false;
  measureBar(toolbar);
  document.body.classList.add("scripted");
  unfoldForPrint();
  folding.showInteresting();
  panel.show(undefined);
  const follow = () => goToAddress(folding, selection);
  addEventListener("hashchange", follow);
  follow();
}

/** Tells the style how high the bar is, which covers what scrolls below it. Where there is little room, only the search stays in sight. */
function measureBar(toolbar: HTMLElement): void {
  const [search] = toolbar.children;
  const measure = () => {
    const bar = toolbar.getClientRects().length > 0 ? toolbar : search;
    document.documentElement.style.setProperty("--bar", `${bar?.getBoundingClientRect().height ?? 0}px`);
  };
  if (search) new ResizeObserver(measure).observe(search);
  new ResizeObserver(measure).observe(toolbar);
  measure();
}

/** Shows what a search found; at its end, everything is folded as before. */
function showFound(found: HTMLElement | undefined, { field }: Search, folding: Folding, selection: Selection): void {
  if (field.value === "") folding.restore();
  if (found !== undefined) {
    folding.peek(found);
    (handleOf(found) ?? found).scrollIntoView({ block: "center" });
  }
  selection.preview(found);
}

/** Goes to what the address of the page names. */
function goToAddress(folding: Folding, selection: Selection): void {
  const target = targetOf(location.hash);
  if (target?.matches(".tree li")) selection.goTo(target);
  else if (target !== undefined) {
    folding.reveal(target);
    target.scrollIntoView({ block: "center" });
  }
}

function listenToTrees(main: HTMLElement, panel: Panel, selection: Selection): void {
  main.addEventListener("focusin", ({ target }) => {
    const row = target instanceof Element ? rowOf(target) : undefined;
    if (row === undefined) return;
    selection.select(row);
    // A screen reader names it as a link, and it can be copied as one.
    if (target instanceof HTMLAnchorElement && target.matches(".key")) target.href = hrefOf(row);
  });
  main.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : undefined;
    const row = target && rowOf(target);
    if (row === undefined) return;
    if (target?.closest("a.key")) {
      // The address names the value, without an entry in the history for each.
      event.preventDefault();
      history.replaceState(null, "", hrefOf(row));
    }
    const isLink = target?.closest("a:not(.key)");
    if (!isLink && String(getSelection()) === "") handleOf(row)?.focus({ preventScroll: true });
  });
  main.addEventListener("mouseover", ({ target }) => {
    if (panel.isHoverable()) selection.preview(target instanceof Element && target.closest(".row") ? rowOf(target) : undefined);
  });
  main.addEventListener("mouseleave", () => selection.preview(undefined));
  main.addEventListener("keydown", (event) => {
    const row = event.target instanceof Element && !hasModifier(event) ? rowOf(event.target) : undefined;
    if (row !== undefined && event.key === "i") panel.enter();
    const next = row && rowForKey(event.key, row);
    if (next === undefined) return;
    event.preventDefault();
    selection.goTo(next);
  });
}

/** What keys are for. */
interface Keyed {
  readonly search: Search;
  readonly differences: Differences | undefined;
  readonly selection: Selection;
}

function listenToKeys(aside: HTMLElement, { search, differences, selection }: Keyed): void {
  search.field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      search.next(event.key === "ArrowUp" || (event.key === "Enter" && event.shiftKey) ? -1 : 1);
    } else if (event.key === "Escape") {
      event.preventDefault();
      search.clear();
      selection.goBack();
    }
  });
  const keys = new Map<string, () => void>([
    ["/", () => search.focus()],
    ["n", () => search.next(1)],
    ["N", () => search.next(-1)],
    ["d", () => differences?.next(1)],
    ["D", () => differences?.next(-1)],
    ["Escape", () => (aside.contains(document.activeElement) ? selection.goBack() : selection.select(undefined))],
  ]);
  document.addEventListener("keydown", (event) => {
    const press = keys.get(event.key);
    if (press === undefined || hasModifier(event) || event.target instanceof HTMLInputElement) return;
    event.preventDefault();
    press();
  });
}

/** Reports whether a key is pressed together with one that makes it a key of the browser. */
function hasModifier({ altKey, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return altKey || ctrlKey || metaKey;
}

const [main, toolbar, aside] = ["main", ".toolbar", ".panel"].map((each) => document.querySelector<HTMLElement>(each));
if (main && toolbar && aside) start(main, toolbar, aside);
