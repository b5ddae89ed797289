import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mutantsOf } from "./mutants-of.ts";
import { parseProject } from "./parse-project.ts";

/** Returns every mutant of one line of source. */
async function changed(line: string): Promise<readonly string[]> {
  const directory = mkdtempSync(join(tmpdir(), "attache-mutants-"));
  try {
    writeFileSync(join(directory, "tsconfig.json"), JSON.stringify({ files: ["line.ts"] }));
    writeFileSync(join(directory, "line.ts"), line);
    const source = (await parseProject(directory, ["line.ts"])).get("line.ts");
    if (source === undefined) throw new Error("no tree");
    return mutantsOf(source).map(({ start, end, text }) => `${line.slice(0, start)}${text}${line.slice(end)}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

test.each([
  ["comparisons", "v = a < b;", ["v = a <= b;"]],
  ["equality", "v = a === b;", ["v = a !== b;"]],
  ["numbers", "v = 5;", ["v = (5 + 1);"]],
  ["big numbers", "v = 5n;", ["v = (5n + 1n);"]],
  ["truth", "v = true;", ["v = false;"]],
  ["names", 'v = "port";', ['v = "portx";']],
  ["no wording", 'v = "a port";', []],
  ["no types", "const v: 1 | true = x;", []],
  ["no imports", 'import { a } from "b";', []],
  ["terms of a condition", "v = a && b;", ["v = a;", "v = b;"]],
  ["defaults", "v = a ?? b;", ["v = a;", "v = b;"]],
  ["a negation", "v = !a;", ["v = a;"]],
  ["a choice", "v = a ? b : c;", ["v = b;", "v = c;", "v = a ? c : b;"]],
  ["members of a list", "v = [a, b];", ["v = [a];", "v = [b];", "v = [b, a];"]],
  ["members of a list that is searched", "v = [a, b].includes(c);", ["v = [a].includes(c);", "v = [b].includes(c);"]],
  ["members of a set, not their order", "v = new Set([a, b]);", ["v = new Set([a]);", "v = new Set([b]);"]],
  ["members of a record", "v = { a, ...b };", ["v = { a };", "v = { ...b };"]],
  ["order of two arguments", "v = f(a, b);", ["v = f(b, a);"]],
  ["no order of two that are the same", "v = f(a, a);", []],
  ["a filter", "v = a.filter(b);", ["v = a;"]],
  ["a limit", "v = Math.min(a, b);", ["v = Math.max(a, b);"]],
])("changes %s", async (_, line, expected) => {
  const own = (await changed(line)).filter((each) => each !== ";");
  expect(own.toSorted()).toEqual([...expected].toSorted());
});

test("drops and exchanges statements", async () => {
  expect(await changed("function f() { a(); b(); }")).toEqual([
    "function f() { ; b(); }",
    "function f() { b(); a(); }",
    "function f() { a(); ; }",
  ]);
  expect(await changed("function f() { if (a) return; }")).toEqual(["function f() { ; }"]);
});
