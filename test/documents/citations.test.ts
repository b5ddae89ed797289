import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { ROOT } from "../support/subject.ts";
import { citationsIn, problemWith, referencesOf, sectionsOf, strayReferencesIn, uncitedSections } from "./citations.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const scan = (pattern: string) => [...new Glob(pattern).scanSync(ROOT)].sort();

const PAGES: ReadonlyMap<string, string> = new Map(
  scan("docs/contracts/*.md").map((file) => [file.replace(/^docs\/contracts\/(istio-)?|\.md$/g, ""), read(file)]),
);
const FILES = [
  "src/**/*.ts",
  "test/**/*.{ts,py,sh}",
  "templates/**/*",
  "build/**/*.ts",
  "examples/**/*",
  "docs/*.md",
  "*.md",
  "build.ts",
].flatMap(scan);

test("every citation leads to a section of a page in docs/contracts, and every step to its number", () => {
  const problems = FILES.flatMap((file) =>
    citationsIn(read(file)).flatMap((citation) => {
      const problem = problemWith(citation, PAGES);
      return problem === undefined ? [] : [`${file}: ${problem}`];
    }),
  );
  expect(problems).toEqual([]);
});

test("nothing is cited in another form, or from a paper that is not here", () => {
  expect(FILES.flatMap((file) => strayReferencesIn(read(file)).map((found) => `${file}: ${found}`))).toEqual([]);
});

describe.each([...PAGES])("contract %s", (name, page) => {
  const numbers = sectionsOf(page).map(({ number }) => number);

  test("has each number once, and refers to its own sections", () => {
    expect(numbers.filter((number, index) => numbers.indexOf(number) !== index)).toEqual([]);
    expect(referencesOf(page.replaceAll("`contract", "").replace(/ §N`/g, "")).filter((number) => !numbers.includes(number))).toEqual([]);
  });

  test("has only sections that are cited", () => {
    const cited = FILES.flatMap((file) => citationsIn(read(file))).filter(({ contract }) => contract === name);
    expect(cited.length).toBeGreaterThan(0);
    expect(uncitedSections(page, [...new Set(cited.map(({ section }) => section))])).toEqual([]);
  });

  test("has no line above 140 characters", () => {
    expect(page.split("\n").filter((line) => line.length > 140)).toEqual([]);
  });
});

// The sign is put in here, so that these examples are no citations of this file.
const at = (text: string) => text.replaceAll("@", "§");

describe("what the test would find", () => {
  const page = at(
    "# A page\n\n## 1. First\n\n### 1.1 Part\n\n1. one\n2. two, see @3\n\n## 2. Second\n\n| 7 | seven |\n\n## 3. Third\n\n### 3.1 Deep\n\n## 4b. Fourth\n",
  );
  const pages = new Map([["1.9", page]]);

  test.each([
    ["contract 1.9 @1.1", []],
    ["contract 1.9 @1, @2 row 7", []],
    ["contract 1.9 @1.1 steps 1 and 2", []],
    ["contract 1.9 @1.1 step 2, 1.9 @2", []],
    ["contract 1.9 @4b.", []],
    ["contract 1.9 @1.1 steps 1 to 3", ["contract 1.9 @1.1 has no step 3"]],
    ["contract 1.9 @2 row 8", ["contract 1.9 @2 has no step 8"]],
    ["contract 1.9 @1.2", ["contract 1.9 has no @1.2"]],
    ["contract 1.9 @1, @9", ["contract 1.9 has no @9"]],
    ["(contract 1.9 @1,\n * 1.8 @1)", ["there is no contract 1.8"]],
    ["contract\n// 1.9 @5)", ["contract 1.9 has no @5"]],
    ["contract envoy @1", ["there is no contract envoy"]],
  ])("%j", (text, problems) => {
    const found = citationsIn(at(text)).map((citation) => problemWith(citation, pages));
    expect(found.filter((problem) => problem !== undefined)).toEqual(problems.map(at));
    expect(found.length).toBeGreaterThan(0);
    expect(strayReferencesIn(at(text))).toEqual([]);
  });

  test.each([
    ["see @1", ["see @1"]],
    ["a contract, 1.9 @1", ["a contract, 1.9 @1"]],
    ["contract 1.9 @1; 1.8 @2", ["; 1.8 @2"]],
    ["spec".concat(" 1.9"), ["spec".concat(" 1.9")]],
    ["envoy".concat("-notes"), ["envoy".concat("-notes")]],
    ["RFC 9113 @6", []],
    ["RFC 9113 @6, and @5.2", []],
  ])("%j beside the form", (text, found) => {
    expect(strayReferencesIn(at(text))).toEqual(found.map(at));
  });

  test("sections without a citation", () => {
    expect(uncitedSections(page, ["1.1"])).toEqual(["2", "4b"]);
    expect(uncitedSections(page, ["2", "3"])).toEqual(["1", "1.1", "4b"]);
    expect(uncitedSections(page, ["1", "2", "4b"])).toEqual([]);
    expect(uncitedSections(page, ["3.1", "2", "4b", "1"])).toEqual([]);
  });
});
