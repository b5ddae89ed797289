import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Change } from "../../../src/explain/compare.ts";
import type { Input } from "../../../src/explain/input.ts";
import { maskedValue } from "../../../src/explain/masked-value.ts";
import { visible } from "../../../src/explain/page/html.ts";
import { renderPage } from "../../../src/explain/page/page.ts";
import type { PageSource } from "../../../src/explain/page/page-source.ts";
import type { JsonObject, JsonValue } from "../../../src/go/json-value.ts";
import { SEED } from "../../property/hostile-text.ts";
import { leavesOf, parsed } from "./support.ts";

const MARKS = [
  "</script>",
  "<script>alert(1)</script>",
  '<img src=x onerror="alert(1)">',
  "</style>",
  "<!--",
  "-->",
  "]]>",
  "<![CDATA[",
  "</textarea></title></details></li></ul>",
  '"',
  "'",
  "`",
  '" onmouseover="alert(1)" x="',
  "javascript:alert(1)",
  "&",
  "&lt;",
  "&#x3c;script&#x3e;",
  "&amp",
  "\u0000",
  "\u001b[31m",
  "\r\n",
  "\t",
  "\u2028",
  "\u2029",
  "\u202e",
  "\u2066",
  "\u200f",
  "\u200b",
  "\ufeff",
  "\ud800",
  "__proto__",
  "constructor",
  "bootstrap",
  "input-1",
  "[0]",
  ".",
  "%",
  "#",
  " ",
  "é😀",
  "x".repeat(5000),
];

const text = fc
  .array(fc.oneof(fc.constantFrom(...MARKS), fc.string({ unit: "binary", maxLength: 4 })), { maxLength: 5 })
  .map((parts) => parts.join(""));
const { document } = fc.letrec<{ document: JsonObject; value: JsonValue }>((tie) => ({
  document: fc.dictionary(text, tie("value"), { maxKeys: 5 }),
  value: fc.oneof(
    { depthSize: "small" },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("document"),
  ),
}));
const input = fc.record({ label: text, value: text }).map(({ label, value }): Input => {
  return {
    kind: "variable",
    label,
    name: label,
    place: { kind: "variable", name: label },
    given: value,
    value,
    without: (launch) => launch,
  };
});
const source = fc.record({ document, name: text, input, idle: input, problem: text, origin: text, isRefused: fc.boolean() });

type Hostile = typeof source extends fc.Arbitrary<infer Value> ? Value : never;

function sourceOf(
  { document: planned, name, input: effective, idle, problem, origin, isRefused }: Hostile,
  mayBeRefused: boolean,
): PageSource {
  const unknowns = [{ name: origin, origin, standIn: "\u0001unused" }];
  if (isRefused && mayBeRefused) return { name, profile: "istio-1.30", outcome: { kind: "refused", problems: [problem] }, unknowns };
  const changes = Object.entries(planned).map(
    ([member, before]): Change => ({ path: [{ name: member, isItem: false }], before, after: problem }),
  );
  return {
    name,
    profile: "istio-1.30",
    outcome: { kind: "planned", document: planned },
    explanation: {
      values: [],
      effects: [{ input: effective, changes: [...changes, { path: [{ name, isItem: false }], after: problem }], refused: [problem] }],
      joint: [{ inputs: [effective, idle], changes }],
      withoutEffect: [{ input: idle, reason: { kind: "shadowed", by: effective } }],
      required: [],
      untried: 1,
    },
    unknowns,
  };
}

const OWN = new Set(
  "html head meta title style body header nav div h1 h2 h3 p a span main details summary table thead tbody tr th td section ul li article aside footer code script".split(
    " ",
  ),
);
const OWN_ATTRIBUTES = new Set("lang charset http-equiv content name class id href hidden aria-label scope tabindex open title".split(" "));

describe("texts that look like markup", () => {
  test("never become structure", () => {
    fc.assert(
      fc.property(source, fc.option(source, { nil: undefined }), (first, second) => {
        const sources = [
          sourceOf(first, second !== undefined),
          ...(second === undefined ? [] : [sourceOf({ ...second, isRefused: false }, false)]),
        ];
        const { html } = renderPage(sources);
        const { elements } = parsed(html);
        expect(elements.filter(({ tag }) => !OWN.has(tag))).toEqual([]);
        expect(elements.flatMap(({ attributes }) => Object.keys(attributes)).filter((name) => !OWN_ATTRIBUTES.has(name))).toEqual([]);
        expect(elements.filter(({ tag }) => tag === "script" || tag === "style").length).toBe(2);
        const links = elements.flatMap(({ attributes: { href } }) => (href === undefined ? [] : [href]));
        expect(links.filter((href) => !href.startsWith("#"))).toEqual([]);
        const ids = elements.flatMap(({ attributes: { id } }) => (id === undefined ? [] : [id]));
        expect(new Set(ids).size).toBe(ids.length);
        const targets = links.map((href) => decodeURIComponent(href.slice(1)));
        expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
        // Nothing invisible is left, and nothing that a parser would replace.
        expect(visible(html)).toBe(html);
      }),
      { seed: SEED, numRuns: 150 },
    );
  });

  test("are read back as what they were", () => {
    fc.assert(
      fc.property(source, (given) => {
        const { html, values } = renderPage([sourceOf(given, false)]);
        const masked = maskedValue([], given.document);
        const { bootstrap = [], plan = [] } = Object.groupBy(Object.entries(masked as JsonObject), ([name]) =>
          ["argv", "proxyConfig", "agent", "envoy"].includes(name) ? "plan" : "bootstrap",
        );
        const leaves = [...bootstrap, ...plan].flatMap(([, value]) => leavesOf(value));
        expect(parsed(html).texts(".tree .text")).toEqual(leaves.map((value) => visible(JSON.stringify(value))));
        expect(values).toBe(leaves.length);
        expect(parsed(html).texts("h1")).toEqual([visible(given.name)]);
        expect(parsed(html).texts("#idle tbody th")).toEqual([visible(given.idle.label)]);
      }),
      { seed: SEED, numRuns: 150 },
    );
  });
});

test("what nobody sees is written out", () => {
  expect(visible("a\u202eb\u0000c\u2028d\ud800e\u{e0041}\r\n")).toBe("a\\u202eb\\u0000c\\u2028d\\ud800e\\udb40\\udc41\\u000d\n");
  expect(visible("ab é 日本 😀 \t\n")).toBe("ab é 日本 😀 \t\n");
});
