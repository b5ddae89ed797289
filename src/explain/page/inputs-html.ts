import type { Unknown } from "../../pod/unknown.ts";
import { type Html, html } from "./html.ts";
import type { Links } from "./links.ts";
import type { IdleInput, PageChange, PageInput, PageInputs } from "./page-inputs.ts";
import { namerOf, type PageSource } from "./page-source.ts";
import { hrefOf, numberOf, sideHtml } from "./tree-html.ts";

/** The sections of inputs, in the order of the page, by their names within it. */
export const SECTIONS = {
  differing: "Inputs that differ",
  idle: "Inputs without effect",
  unknown: "Not known",
  effective: "Inputs with an effect",
} as const;

/** Returns the inputs without effect as a table, with the reason of each. Equal rows of two sides are one. */
export function idleHtml(sides: readonly PageInputs[]): Html | undefined {
  const rows = new Map<string, { readonly input: IdleInput; readonly in: number[] }>();
  for (const [side, { idle }] of sides.entries()) {
    for (const input of idle) {
      const key = JSON.stringify(input);
      const known = rows.get(key) ?? { input, in: [] };
      known.in.push(side);
      rows.set(key, known);
    }
  }
  if (rows.size === 0) return undefined;
  const isPair = sides.length > 1;
  return sectionHtml(
    "idle",
    rows.size,
    html`<table><thead><tr><th scope="col">Input</th><th scope="col">Value</th><th scope="col">Reason</th></tr></thead><tbody>${[
      ...rows.values(),
    ].map(
      ({ input: { label, value, reason }, in: each }) =>
        html`<tr class="entry" tabindex="-1"><th scope="row">${isPair ? each.map(sideHtml) : undefined}${label}</th><td><span class="text">${value}</span></td><td>${reason}</td></tr>`,
    )}</tbody></table>`,
  );
}

/** Returns the inputs that two launches do not share, or that have other values. Those of a refused one are not known. */
export function differingHtml([a, b]: readonly PageInputs[]): Html | undefined {
  if (a === undefined || b === undefined || a.count === 0 || b.count === 0) return undefined;
  const labels = [...new Set([...a.given.keys(), ...b.given.keys()])];
  const rows = labels.filter((label) => a.given.get(label)?.compared !== b.given.get(label)?.compared);
  const cell = (side: PageInputs, label: string) => {
    const found = side.given.get(label);
    return found === undefined ? html`<td class="none">absent</td>` : html`<td><span class="text">${found.value}</span></td>`;
  };
  return sectionHtml(
    "differing",
    rows.length,
    rows.length === 0
      ? html`<p>Both have the same inputs.</p>`
      : html`<table><thead><tr><th scope="col">Input</th><th scope="col">${sideHtml(0)}</th><th scope="col">${sideHtml(1)}</th></tr></thead><tbody>${rows.map(
          (label) => html`<tr class="entry" tabindex="-1"><th scope="row">${label}</th>${cell(a, label)}${cell(b, label)}</tr>`,
        )}</tbody></table>`,
  );
}

/** Returns what is not known of the launches. */
export function unknownHtml(sources: readonly PageSource[]): Html | undefined {
  const rows = new Map<string, { readonly unknown: Unknown; readonly in: number[] }>();
  for (const [side, { unknowns }] of sources.entries()) {
    for (const unknown of unknowns) {
      const key = JSON.stringify(unknown);
      const known = rows.get(key) ?? { unknown, in: [] };
      known.in.push(side);
      rows.set(key, known);
    }
  }
  if (rows.size === 0) return undefined;
  return sectionHtml(
    "unknown",
    rows.size,
    html`<table><thead><tr><th scope="col">What</th><th scope="col">Where it would come from</th></tr></thead><tbody>${[
      ...rows.values(),
    ].map(
      ({ unknown, in: each }) =>
        html`<tr class="entry" tabindex="-1"><th scope="row">${sources.length > 1 ? each.map(sideHtml) : undefined}${unknown.name}</th><td>${unknown.origin}${shownAs(unknown)}</td></tr>`,
    )}</tbody></table>`,
  );
}

function shownAs({ standIn, ...unknown }: Unknown): Html | undefined {
  return standIn === undefined ? undefined : html` (shown as ${namerOf({ unknowns: [{ ...unknown, standIn }] })(standIn)})`;
}

/** Returns the inputs with an effect, each with the values that it changes. */
export function effectiveHtml(sides: readonly PageInputs[], links: Links): Html | undefined {
  const all = sides.flatMap(({ effective }, side) => effective.map((input) => ({ side, input })));
  if (all.length === 0) return undefined;
  return sectionHtml(
    "effective",
    all.length,
    html`${all.map(({ side, input }) => inputHtml(input, links, sides.length > 1 ? side : undefined))}`,
  );
}

function sectionHtml(section: keyof typeof SECTIONS, count: number, content: Html): Html {
  return html`<details class="section" id="${section}" open><summary><h2>${SECTIONS[section]} <span class="count">${count}</span></h2></summary>${content}</details>`;
}

function inputHtml({ id, label, value, isSet, changes, refused, shadows }: PageInput, links: Links, side: number | undefined): Html {
  const head = html`<h3>${side === undefined ? undefined : sideHtml(side)}<span class="label">${label}</span></h3>${value === "" ? undefined : html` = <span class="text">${value}</span>`}`;
  return html`<article class="input entry" id="${id}" tabindex="-1"><div class="head">${head}</div>${
    refused.length === 0 ? undefined : html`<p class="refused">Without it, the start is refused: ${refused.join("; ")}</p>`
  }${shadows.length === 0 ? undefined : html`<p class="shadows">Takes precedence over ${shadows.join(", ")}</p>`}${
    changes.length === 0 ? undefined : html`<ul>${changes.map((change) => changeHtml(change, isSet, links))}</ul>`
  }</article>`;
}

function changeHtml(change: PageChange, isSet: boolean, links: Links): Html {
  const { pathText, adds, value, without } = change;
  const place = links.placeOf(change);
  const path =
    place === undefined ? html`<span class="path">${pathText}</span>` : html`<a class="path" href="${hrefOf(place.id)}">${pathText}</a>`;
  const now = value === undefined ? undefined : html`<span class="text">${value}</span>; `;
  return html`<li class="${adds ? "change adds" : "change"}">${path}: ${now}<span class="without">${isSet ? "without all of them" : "without it"}: ${without === undefined ? "(no value)" : html`<span class="text">${without}</span>`}</span></li>`;
}

/** Returns in words how many inputs a launch has. */
export function countsText({ count, idle, untried }: PageInputs): string {
  const missing = untried === 0 ? "" : `; ${numberOf(untried, "combination")} of inputs not tried within the time for it`;
  return `${numberOf(count, "input")}, ${idle.length} of them without effect${missing}`;
}
