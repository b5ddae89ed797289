import { script, style } from "attache:page";
import type { JsonObject } from "../../go/json-value.ts";
import { maskSecrets } from "../../secrets/mask.ts";
import { maskedValue } from "../masked-value.ts";
import { BESIDE_BOOTSTRAP, withoutProfile } from "../plan-diff.ts";
import { type Html, html } from "./html.ts";
import { countsText, differingHtml, effectiveHtml, idleHtml, SECTIONS, unknownHtml } from "./inputs-html.ts";
import { linksOf } from "./links.ts";
import { type PageInputs, pageInputs } from "./page-inputs.ts";
import type { PageSource } from "./page-source.ts";
import { mergedTree, type TreeNode, uniqueNames } from "./tree.ts";
import { linesIn, numberOf, sideHtml, type TreeView, treeHtml } from "./tree-html.ts";

/** A page, and how much is on it. */
export interface Page {
  readonly html: string;
  readonly values: number;
  readonly inputs: number;
  readonly differences: number;
}

/** Names of the page itself, which no value may have. */
const OWN_NAMES: readonly string[] = [...Object.keys(SECTIONS), "bootstrap", "plan"];

/** The most lines that a browser lays out at once. */
const MOST_LINES = 2000;

/** Returns one launch, or two side by side, as a page that needs nothing else: no network, no other file. */
export function renderPage(sources: readonly PageSource[]): Page {
  const names = uniqueNames(OWN_NAMES);
  const inputs = sources.map((source) => pageInputs(source, names));
  const planned = sources.filter(({ outcome }) => outcome.kind === "planned");
  const roots = mergedTree(planned.map(documentOf(planned.length > 1)), names);
  const shown = sources.length === planned.length ? inputs : inputs.filter((_, side) => sources[side]?.outcome.kind === "planned");
  const view = { sources: planned, links: linksOf(roots, shown) };
  const differences = roots.reduce((sum, node) => sum + node.differences, 0);
  const body = bodyHtml(sources, inputs, roots, view);
  return {
    html: documentHtml(
      sources.map(({ name, profile }) => `${name}, profile ${profile}`).join(" and "),
      body,
      bodyClass(planned.length > 1, linesIn(roots)),
    ).html,
    values: roots.reduce((sum, node) => sum + leavesIn(node), 0),
    inputs: inputs.reduce((sum, { count }) => sum + count, 0),
    differences,
  };
}

function documentOf(isPair: boolean): (source: PageSource) => JsonObject {
  return ({ outcome }) => {
    if (outcome.kind === "refused") return {};
    // A masked object is an object.
    const masked = maskedValue([], outcome.document) as JsonObject;
    return isPair ? withoutProfile(masked) : masked;
  };
}

/** Returns what the style and the script have to know of a page. */
function bodyClass(isPair: boolean, lines: number): string {
  return `${isPair ? "two" : "one"}${lines > MOST_LINES ? " large" : ""}`;
}

function leavesIn({ children }: TreeNode): number {
  return children.length === 0 ? 1 : children.reduce((sum, child) => sum + leavesIn(child), 0);
}

function documentHtml(title: string, body: Html, classes: string): Html {
  const policy = `default-src 'none'; style-src '${style.hash}'; script-src '${script.hash}'; base-uri 'none'; form-action 'none'`;
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · attache explain</title>
<style>${{ html: style.text }}</style>
</head>
<body class="${classes}">
${body}
<script>${{ html: script.text }}</script>
</body>
</html>
`;
}

function bodyHtml(sources: readonly PageSource[], inputs: readonly PageInputs[], roots: readonly TreeNode[], view: TreeView): Html {
  const isBeside = ({ step: { name } }: TreeNode) => BESIDE_BOOTSTRAP.includes(name);
  const [bootstrap, beside] = [roots.filter((node) => !isBeside(node)), roots.filter(isBeside)];
  const sections = {
    differing: differingHtml(inputs),
    idle: idleHtml(inputs),
    unknown: unknownHtml(sources),
    effective: effectiveHtml(inputs, view.links),
  };
  const isPair = sources.length > 1;
  return html`<header>${sources.map((source, side) => titleHtml(source, inputs[side], isPair ? side : undefined))}
<nav>${navHtml(sections)}</nav></header>
<div class="toolbar" hidden></div>
<div class="columns"><main>
${sections.differing}
${sections.idle}
${sections.unknown}
<section id="bootstrap"><h2>Bootstrap</h2>${bootstrap.length === 0 ? html`<p class="hint">Envoy gets no bootstrap from attache.</p>` : treeHtml(bootstrap, view)}</section>
<section id="plan"><h2>Arguments, settings and agent</h2>${treeHtml(beside, view)}</section>
${sections.effective}
</main><aside class="panel" aria-label="Selected value" hidden></aside></div>
<footer><p>Written by <code>attache explain --html</code>. Values that no input decides are defaults of the release. Secrets are masked as ***.</p></footer>`;
}

function navHtml({ differing, idle, unknown, effective }: Readonly<Record<keyof typeof SECTIONS, Html | undefined>>): readonly Html[] {
  const links = [
    ...(differing ? [["differing", SECTIONS.differing]] : []),
    ...(idle ? [["idle", SECTIONS.idle]] : []),
    ...(unknown ? [["unknown", SECTIONS.unknown]] : []),
    ["bootstrap", "Bootstrap"],
    ["plan", "Arguments, settings and agent"],
    ...(effective ? [["effective", SECTIONS.effective]] : []),
  ] as const;
  return links.map(([id = "", title = ""]) => html`<a href="#${id}">${title}</a> `);
}

function titleHtml({ name, profile, note, outcome }: PageSource, inputs: PageInputs | undefined, side: number | undefined): Html {
  const heading = html`<h1>${side === undefined ? undefined : sideHtml(side)}${name}</h1>`;
  const details = outcome.kind === "refused" ? "the start is refused" : inputs && countsText(inputs);
  const problems =
    outcome.kind === "refused"
      ? html`<ul class="refused">${outcome.problems.map((problem) => html`<li>${maskSecrets(problem)}</li>`)}</ul>`
      : undefined;
  return html`<div class="title">${heading}<p>Profile ${profile}, ${details}</p>${note === undefined ? undefined : html`<p>${note}</p>`}${problems}</div>`;
}

/** Returns in words what a page has. */
export function pageText({ values, inputs, differences }: Page, isPair: boolean): string {
  const counts = `${numberOf(values, "value")}, ${numberOf(inputs, "input")}`;
  return isPair ? `${counts}, ${numberOf(differences, "difference")}` : counts;
}
