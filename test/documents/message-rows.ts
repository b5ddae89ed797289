import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { VALUE } from "./literals.ts";

/** A row of docs/messages.md. */
export interface Row {
  readonly level: string;
  readonly texts: readonly string[];
  readonly line: string;
}

/** Every row of the page. */
export function messageRows(): readonly Row[] {
  return rowsOf(readFileSync(join(ROOT, "docs/messages.md"), "utf8"));
}

/** Returns whether the page has a log line at that level; a placeholder matches any value. */
export function isListed(rows: readonly Row[], level: string, line: string): boolean {
  return rows.some((row) => row.level.replace(" =", "") === level && row.texts.some((text) => patternOf(text).test(line)));
}

function patternOf(text: string): RegExp {
  const parts = text.split(VALUE).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[\\s\\S]*")}$`);
}

/** The rows of the tables of messages: those whose second column is headed so. */
function rowsOf(page: string): readonly Row[] {
  const found: Row[] = [];
  let isOurs = false;
  for (const line of page.split("\n")) {
    const cells = line.startsWith("|") ? line.split("|").slice(1, -1) : [];
    const [level = "", message = ""] = cells.map((cell) => cell.trim());
    if (message === "message" || cells.length === 0) isOurs = message === "message";
    else if (isOurs && !level.startsWith("---")) found.push({ level, texts: spansOf(message), line });
  }
  return found;
}

/** Returns the texts in code format; names in angle brackets are values. */
function spansOf(cell: string): readonly string[] {
  return [...cell.matchAll(/(`+)(.+?)\1(?!`)/g)].map(([, , text = ""]) => plain(text.replace(/<[a-z][^<>]*>/g, VALUE)));
}

/** A text in one line. */
export function plain(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
