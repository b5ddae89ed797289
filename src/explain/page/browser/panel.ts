import { all, button, element, targetOf } from "./dom.ts";
import { lineOf, parentOf } from "./rows.ts";

/** Shows what a value depends on. */
export interface Panel {
  readonly show: (row: HTMLElement | undefined) => void;
  readonly isHoverable: () => boolean;
  /** Moves the focus to the first input of the shown value. */
  readonly enter: () => void;
}

/** Where there is room for the panel beside the tree; elsewhere it covers the lower part of the page. */
const WIDE = "(min-width: 68rem)";

const HELP: readonly (readonly [keys: string, what: string])[] = [
  ["↑ ↓", "previous, next line"],
  ["← →", "fold, unfold"],
  ["i", "to the inputs of a value"],
  ["Esc", "back to the value"],
  ["/", "search"],
  ["n N", "next, previous match"],
];
const PAIR_HELP: (typeof HELP)[number] = ["d D", "next, previous difference"];

/** Returns the panel; `close` is called when a person closes it. */
export function openPanel(place: HTMLElement, isPair: boolean, close: () => void): Panel {
  const changes = changesByRow();
  const closing = button("×", "Close", close);
  closing.className = "close";
  const wide = matchMedia(WIDE);
  let shown: HTMLElement | undefined | null = null;
  place.hidden = false;
  return {
    isHoverable: () => wide.matches,
    enter: () => place.querySelector<HTMLElement>("li a")?.focus(),
    show: (row) => {
      if (row === shown) return;
      shown = row;
      place.classList.toggle("empty", row === undefined);
      document.body.classList.toggle("selecting", row !== undefined);
      place.replaceChildren(...(row === undefined ? emptyParts(isPair) : [closing, ...partsOf(row, changes)]));
      place.scrollTop = 0;
    },
  };
}

/** Returns the changes that are shown at each row, in the order of the inputs. */
function changesByRow(): ReadonlyMap<HTMLElement, readonly HTMLElement[]> {
  const found = new Map<HTMLElement, HTMLElement[]>();
  for (const link of all("a.path")) {
    const row = link instanceof HTMLAnchorElement ? targetOf(link.hash) : undefined;
    const change = link.closest<HTMLElement>(".change");
    if (row === undefined || change === null) continue;
    const known = found.get(row) ?? [];
    known.push(change);
    found.set(row, known);
  }
  return found;
}

function emptyParts(isPair: boolean): readonly Node[] {
  const keys = (isPair ? [...HELP, PAIR_HELP] : HELP).flatMap(([key, what]) => [
    element("dt", {}, ...key.split(" ").map((each) => element("kbd", {}, each))),
    element("dd", {}, what),
  ]);
  return [
    element(
      "p",
      { class: "hint" },
      "Hover, focus or click a value to see the inputs that it depends on, and what it would be without each.",
    ),
    element("dl", {}, ...keys),
  ];
}

function partsOf(row: HTMLElement, changes: ReadonlyMap<HTMLElement, readonly HTMLElement[]>): readonly Node[] {
  const own = changes.get(row) ?? [];
  const inherited = ancestorsOf(row).flatMap((each) => (changes.get(each) ?? []).filter((change) => !change.classList.contains("adds")));
  const below = all("li", row).flatMap((each) => changes.get(each) ?? []);
  const direct = [...own, ...inherited];
  const values = all(".value", lineOf(row)).map((each) => element("div", { class: each.className }, ...clones(each)));
  return [
    element("h2", {}, row.id),
    ...(values.length === 0 ? [] : [element("div", { class: "values" }, ...values)]),
    ...(direct.length === 0
      ? []
      : [element("h3", {}, "Depends on"), element("ul", {}, ...merged(direct.map((each) => dependencyOf(each, row))))]),
    ...(below.length === 0 ? [] : [element("h3", {}, "Inputs of the values below"), element("ul", {}, ...merged(countsOf(below)))]),
    ...(direct.length + below.length > 0
      ? []
      : [element("p", { class: "hint" }, "Does not depend on any input: it is the default of the release.")]),
  ];
}

/** Returns items of which those that are equal on both sides are one, with the badges of both. */
function merged(items: readonly HTMLElement[]): readonly HTMLElement[] {
  const found = new Map<string, HTMLElement>();
  for (const item of items) {
    const badge = item.querySelector(".side");
    badge?.remove();
    const same = found.get(item.textContent ?? "");
    if (same === undefined) found.set(item.textContent ?? "", item);
    const head = (same ?? item).querySelector(".head");
    const link = head?.querySelector("a");
    if (badge && link) link.before(badge, " ");
  }
  return [...found.values()];
}

function ancestorsOf(row: HTMLElement): readonly HTMLElement[] {
  const parent = parentOf(row);
  return parent === undefined ? [] : [parent, ...ancestorsOf(parent)];
}

function dependencyOf(change: HTMLElement, row: HTMLElement): HTMLElement {
  const path = change.querySelector<HTMLAnchorElement>("a.path");
  const isOther = path?.textContent !== row.id;
  return element(
    "li",
    {},
    inputLink(change),
    element(
      "div",
      { class: "effect" },
      ...clones(change.querySelector(".without")),
      ...(isOther && path ? [" at ", path.cloneNode(true)] : []),
    ),
    ...all(".shadows", change.closest(".input") ?? change).map((each) => each.cloneNode(true)),
  );
}

/** Returns each input with the number of values that it changes. */
function countsOf(changes: readonly HTMLElement[]): readonly HTMLElement[] {
  const counts = new Map<Element, { readonly change: HTMLElement; count: number }>();
  for (const change of changes) {
    const input = change.closest(".input") ?? change;
    const known = counts.get(input) ?? { change, count: 0 };
    known.count++;
    counts.set(input, known);
  }
  return [...counts.values()].map(({ change, count }) =>
    element("li", {}, inputLink(change), element("div", { class: "effect" }, `${count} value${count === 1 ? "" : "s"}`)),
  );
}

/** Returns the head of an input, with its label as a link to it. */
function inputLink(change: HTMLElement): HTMLElement {
  const input = change.closest(".input");
  const label = element("a", { href: `#${encodeURIComponent(input?.id ?? "")}` }, ...clones(input?.querySelector(".label")));
  const [badge, value] = [input?.querySelector(".side"), input?.querySelector(".head > .text")];
  return element(
    "div",
    { class: "head" },
    ...(badge ? [badge.cloneNode(true), " "] : []),
    label,
    ...(value ? [" = ", value.cloneNode(true)] : []),
  );
}

function clones(element: Element | null | undefined): readonly Node[] {
  return element ? [...element.childNodes].map((each) => each.cloneNode(true)) : [];
}
