import { isObject } from "../../go/json.ts";
import type { JsonValue } from "../../go/json-value.ts";
import { type Html, html } from "./html.ts";
import type { Link, Links } from "./links.ts";
import { namerOf, type PageSource, unknownIn } from "./page-source.ts";
import type { TreeNode } from "./tree.ts";

/** What the sides of a page are called, where it has two. */
const SIDES = ["A", "B"] as const;

/** Returns the badge of a side. */
export function sideHtml(side: number): Html {
  return html`<span class="side">${SIDES[side] ?? ""}</span> `;
}

/** What the values of a tree are shown with. */
export interface TreeView {
  readonly sources: readonly PageSource[];
  readonly links: Links;
}

/** Returns values as nested lists; every one with members can be folded, also without a script. */
export function treeHtml(nodes: readonly TreeNode[], view: TreeView): Html {
  return html`<ul class="tree">${nodes.map((node) => itemHtml(node, view, false))}</ul>`;
}

/** Returns how many lines values have, all unfolded. */
export function linesIn(nodes: readonly TreeNode[]): number {
  return nodes.reduce((sum, { children }) => sum + 1 + linesIn(children), 0);
}

/** Returns one value; `inside`: whether it is part of a difference. */
function itemHtml(node: TreeNode, view: TreeView, inside: boolean): Html {
  const { children, differs, differences, values } = node;
  const marks = [
    ...(differs && !inside ? ["differs"] : []),
    ...(differs || inside ? [values[0] === undefined ? "added" : values[1] === undefined ? "removed" : "changed"] : []),
  ];
  const classes = marks.length === 0 ? undefined : html` class="${marks.join(" ")}"`;
  const name = html`<li id="${node.id}"${classes}>`;
  if (children.length === 0)
    return html`${name}<div class="row"><span class="what">${nameHtml(node)}${valuesHtml(node, view, inside)}</span>${fromHtml(node, view)}</div></li>`;
  const count =
    view.sources.length > 1 && differences > 0 && !differs
      ? html`<span class="count">${numberOf(differences, "difference")}</span>`
      : undefined;
  return html`${name}<details open><summary class="row"><span class="what">${nameHtml(node)}${valuesHtml(node, view, inside)}${count}</span>${fromHtml(node, view)}</summary><ul>${children.map(
    (child) => itemHtml(child, view, inside || differs),
  )}</ul></details></li>`;
}

/** Returns a link to something on the page. */
export function hrefOf(id: string): string {
  return `#${encodeURIComponent(id)}`;
}

/** Returns a number with its noun. */
export function numberOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function nameHtml({ step: { name, isItem }, children, differs }: TreeNode): Html {
  const text = isItem ? `[${name}]` : name;
  // The heading of a group gets the focus itself. The script makes a link of the other names.
  const key = children.length > 0 ? html`<span class="key">${text}</span>: ` : html`<a class="key">${text}</a>: `;
  // A difference is laid out in columns.
  return differs ? html`<span class="name">${key}</span>` : key;
}

function valuesHtml({ values, differs, children }: TreeNode, { sources }: TreeView, inside: boolean): Html {
  if (children.length > 0 && (!differs || inside)) return html`<span class="size">${sizeText(values)}</span> `;
  const all = values.map((value, side) => ({ value, side }));
  // A value that both sides have is shown once, as is one in a group that only one side has.
  const shown = !differs ? all.slice(0, 1) : inside ? all.filter(({ value }) => value !== undefined) : all;
  return html`${shown.map(({ value, side }) => valueHtml(value, side, sources[side], shown.length > 1))}`;
}

function valueHtml(value: JsonValue | undefined, side: number, source: PageSource | undefined, isPair: boolean): Html {
  const [badge, place] = isPair ? [sideHtml(side), side === 0 ? " first" : " second"] : [undefined, ""];
  if (value === undefined || source === undefined) return html`<span class="value none${place}">${badge}absent</span> `;
  const text = isCollection(value) ? sizeText([value]) : namerOf(source)(JSON.stringify(value));
  const unknown = typeof value === "string" ? unknownIn(value, source.unknowns) : undefined;
  if (unknown === undefined && !isPair) return html`<span class="value text ${kindOf(value)}">${text}</span> `;
  // The text itself may name what is not known.
  const origin = unknown === undefined || text.includes(unknown.origin) ? "" : `: ${unknown.origin}`;
  const mark = unknown && html` <span class="unknown">not known${origin}</span>`;
  return html`<span class="value ${kindOf(value)}${place}">${badge}<span class="text">${text}</span>${mark}</span> `;
}

function isCollection(value: JsonValue): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function kindOf(value: JsonValue): string {
  return value === null ? "null" : typeof value;
}

function sizeText(values: readonly (JsonValue | undefined)[]): string {
  const sizes = values.flatMap((value) =>
    value === undefined
      ? []
      : [Array.isArray(value) ? numberOf(value.length, "item") : numberOf(isObject(value) ? Object.keys(value).length : 0, "member")],
  );
  return [...new Set(sizes)].join(" / ");
}

/** Returns links to the inputs of a value: those of both sides once, and then those that only one side has. */
function fromHtml(node: TreeNode, view: TreeView): Html | undefined {
  const links = view.links.inputsOf(node);
  if (links.length === 0) return undefined;
  const sides = node.values.flatMap((value, side) => (value === undefined ? [] : [side]));
  const isOf = (side: number, { input: { label } }: Link) => links.some((link) => link.side === side && link.input.label === label);
  const shared = links.filter((link) => link.side === sides[0] && sides.every((side) => isOf(side, link)));
  const own = (side: number) => links.filter((link) => link.side === side && !sides.every((each) => isOf(each, link)));
  return html`<span class="from">${shared.map(linkHtml)}${sides.map((side) =>
    own(side).length === 0 ? html`` : html`<span class="of">${sideHtml(side)}${own(side).map(linkHtml)}</span>`,
  )}</span>`;
}

function linkHtml({ input: { id, label } }: Link): Html {
  return html`<a href="${hrefOf(id)}" title="${label}">${label}</a> `;
}
