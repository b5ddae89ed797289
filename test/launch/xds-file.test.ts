import { expect, test } from "bun:test";
import { xdsFileProblem } from "../../src/envoy/xds-file.ts";

const of = (text: string) => xdsFileProblem("x.yaml", { kind: "text", text });

test.each([
  "resources: []",
  "{}",
  '{"resources": [{"@type": "t", "name": "\\ud83d\\ude00 \\/"}]}',
  'version_info: "1"\nresources:\n- "@type": t\n',
  'versionInfo: "1"\ntypeUrl: t\n',
  "resources:\n",
  `- ${"x".repeat(1 << 20)}`,
])("%j is accepted", (text) => {
  expect(of(text)).toBeUndefined();
});

test.each([
  ["", 'File "x.yaml" is empty: with no resources it must contain "resources: []"'],
  ["# nothing\n", 'File "x.yaml" is empty: with no resources it must contain "resources: []"'],
  ["hello", 'File "x.yaml" cannot be read: it must be a mapping with resources: current value is "hello"'],
  ["- a", 'File "x.yaml" cannot be read: it must be a mapping with resources: current value is ["a"]'],
  ["resource: []", 'File "x.yaml" has an unknown field "resource" (line 1, column 1); did you mean resources?'],
  ["resources: {}", 'File "x.yaml" cannot be read: resources must be a list: current value is {} (line 1, column 12)'],
  ["resources:\n- name: a", 'File "x.yaml" cannot be read: resource 0 has no "@type" (line 2, column 3): current value is {"name":"a"}'],
  ["a: {{ .x }}", /^File "x\.yaml" cannot be read: line 1, column 4: `\{\{ \.x \}\}` is an unexpanded template expression/],
  [`{"resources": ${"[".repeat(20_000)}${"]".repeat(20_000)}}`, /^File "x\.yaml" cannot be read: yaml: exceeded max depth of 10000/],
  [
    `{"resources": {"a": ${"[".repeat(9000)}${"]".repeat(9000)}}}`,
    /^File "x\.yaml" cannot be read: resources must be a list: current value/,
  ],
])("%j is rejected", (text, problem) => {
  expect(of(text)).toEqual(typeof problem === "string" ? problem : expect.stringMatching(problem));
});

test("a file that does not exist or cannot be opened", () => {
  expect([xdsFileProblem("x", { kind: "missing" }), xdsFileProblem("x", { kind: "unreadable", reason: "permission denied" })]).toEqual([
    'File "x" does not exist',
    'File "x" cannot be read: permission denied',
  ]);
});
