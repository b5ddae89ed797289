import { expect, test } from "bun:test";
import { answerOf, injected } from "./support.ts";

const POD = injected("sidecar-1.30.yaml");
/** The same pod with what a terminal would interpret in its name, a label and a value. */
const HOSTILE = POD.replace(/^( *)labels:\n/m, '$1labels:\n$1  "l\\e[2Jabel": "a\\x9b31m"\n')
  .replace("name: reviews-5b97cfb8f9-x2v4p", 'name: "re\\e[31mviews\\u202e"')
  .replace("namespace: bookinfo", 'namespace: "n\\x9bs"');

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are looked for
const INTERPRETED = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]/;

test.each([
  [["explain", "--from-file=b.yaml"]],
  [["explain", "--from-file=b.yaml", "--all"]],
  [["explain", "--from-file=b.yaml", "--all", "-o=json"]],
  [["diff", "a.yaml", "b.yaml"]],
  [["diff", "a.yaml", "b.yaml", "-o=json"]],
])("a terminal interprets nothing of a hostile pod: %j", async (argv) => {
  const { text } = await answerOf(argv, {}, { "a.yaml": POD, "b.yaml": HOSTILE });
  expect(text).toContain("re\\u001b[31mviews\\u202e");
  expect(text).toContain("\\u009b");
  expect(text.replaceAll("\n", "")).not.toMatch(INTERPRETED);
});
