import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigError } from "../../src/common/errors.ts";
import { readSource } from "../../src/pod/read-source.ts";
import { ROOT } from "../support/subject.ts";

const TEXT = readFileSync(join(ROOT, "test/pod/fixtures/native-1.30.yaml"), "utf8");

/** Reads a source and everything of it. Returns the problems of a refusal; any other exception fails the test. */
function read(text: string): readonly string[] {
  try {
    const source = readSource("f", text);
    source.readInputs(source.environment, "./etc/istio/config/mesh");
    source.answerQuestions([{ kind: "stat", path: "/etc/istio/pod/labels" }], source);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test("a file that ends anywhere is read or refused with a reason, and the Secret is not in it", () => {
  for (let length = 0; length < TEXT.length; length += 7) expect(read(TEXT.slice(0, length)).join("\n")).not.toMatch(/aHVudGVyMg/);
});

test("a file without a line is read or refused", () => {
  const lines = TEXT.split("\n");
  for (const at of lines.keys()) expect(() => read(lines.filter((_, index) => index !== at).join("\n"))).not.toThrow();
});

test.each([
  "null",
  "[]",
  "{}",
  "1",
  "text",
  '"',
  "{",
  "a",
  "- a",
  "---\n---\n",
  "\0",
  "=",
  "A=",
  "\ufeff",
  "%YAML 1.1\n---\nkind: Pod\n",
  "kind: [Pod]",
  "kind: Pod\nspec: x",
  "kind: Pod\nspec: {containers: [null, 1, {name: istio-proxy, env: [null, {}, {name: A, valueFrom: null}], args: {}}], volumes: {}}",
  "kind: List\nitems: [null, 1, {}]",
])("%j is read or refused", (text) => {
  expect(() => read(text)).not.toThrow();
});
