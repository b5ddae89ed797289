import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { ROOT } from "../support/subject.ts";
import { anchorOf, brokenAnchors, headingsOf } from "./anchors.ts";

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

describe("RATIONALE.md", () => {
  const page = read("RATIONALE.md");
  const sections = headingsOf(page).filter(({ level, title }) => level > 1 && title !== "Contents");

  test("lists every section at its head, in order", () => {
    const [, contents = ""] = /^## Contents\n([\s\S]*?)^## /m.exec(page) ?? [];
    const entries = sections.map(({ level, title }) => `${"  ".repeat(level - 2)}- [${title}](#${anchorOf(title)})`);
    expect(contents.trim().split("\n")).toEqual(entries);
  });

  test("has every section that a comment or a page names", () => {
    const files = ["src/**/*.ts", "test/**/*.ts", "build/**/*.ts", "docs/**/*.md"].flatMap((pattern) => [
      ...new Glob(pattern).scanSync(ROOT),
    ]);
    const named = files.flatMap((file) =>
      [
        ...read(file)
          .replace(/\n \* /g, " ")
          .matchAll(/RATIONALE(?:\.md)?, "([^"]+)"/g),
      ].map(([, title]) => title),
    );
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((title) => !sections.some((section) => section.title === title))).toEqual([]);
  });

  test("has titles that state what is so", () => {
    expect(sections.map(({ title }) => title).filter((title) => /\?|^Why\b/.test(title))).toEqual([]);
  });

  test.each(sections.filter(({ level, title, text }) => level === 3 && !/^\|/m.test(text) && title !== "Comparing with built agents"))(
    "$title: context, decision or consequence",
    ({ text }) => {
      expect(text).toMatch(/^\*\*(Context|Decision)\.\*\* [\s\S]*?^\*\*(Decision|Consequence)\.\*\* |^\*\*Decision\.\*\* /m);
    },
  );
});

const PAGES = ["README.md", "USAGE.md", "RATIONALE.md", "CHANGELOG.md", ...new Glob("docs/**/*.md").scanSync(ROOT)];

test.each(PAGES)("%s has no line above 140 characters", (file) => {
  // A row of docs/messages.md has one message, however long it is.
  const isRow = (line: string) => file === "docs/messages.md" && line.startsWith("|");
  expect(
    read(file)
      .split("\n")
      .filter((line) => line.length > 140 && !isRow(line)),
  ).toEqual([]);
});

test.each(PAGES)("%s links to headings that exist", (file) => {
  expect(brokenAnchors(file, read)).toEqual([]);
});

test.each(PAGES)("%s names only files that exist", (file) => {
  const named = [...read(file).matchAll(/(?<![\w/.-])(?:src|test|build|templates|examples)\/[\w./-]*\.\w+/g)].map(([path]) => path);
  expect(named.filter((path) => !path.includes("istio-1.NN") && !existsSync(join(ROOT, path)))).toEqual([]);
});

test("a link to a heading that does not exist is found, here and on another page", () => {
  const pages: Readonly<Record<string, string>> = {
    "a.md":
      "# A `b` c's 1.6\n\n[ok](#a-b-cs-16) [no](#b) [ok](docs/b.md#x) [no](docs/b.md#y) [ok](docs/b.md) [web](https://example.org/#z)\n",
    "docs/b.md": "## X\n",
  };
  expect(brokenAnchors("a.md", (file) => pages[file] ?? "")).toEqual(["#b", "docs/b.md#y"]);
});
