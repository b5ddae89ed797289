/** One document of a file, and the line on which it starts, from 1. */
export interface DocumentText {
  readonly text: string;
  readonly line: number;
}

/** A line that may separate documents: `---` and `...`, with a comment or content, or the brace that starts an object of JSON. */
const BOUNDARY = /(?<![^\n])(?:(?:---|\.\.\.)(?=[ \t\n]|\r\n|\r?$)|\{)/g;

/**
 * Splits a file into its YAML documents. In JSON, a line that starts with a brace starts another document, as `kubectl` prints them. Documents
 * without content are left out.
 */
export function splitDocuments(file: string): readonly DocumentText[] {
  const found: DocumentText[] = [];
  let start = 0;
  let line = 1;
  let isJson = false;
  /** Ends a document at an offset; the next one starts at another. */
  const finish = (end: number, next: number) => {
    // The line break before a separator belongs to that.
    const text = file.slice(start, end < file.length ? Math.max(end - 1, start) : end);
    if (hasContent(text)) found.push({ text, line });
    line += linesIn(file, start, next);
    start = next;
    isJson = false;
  };
  for (const { index, 0: mark } of file.matchAll(BOUNDARY)) {
    // A document may start on the line of its separator.
    if (mark === "---") finish(index, index);
    else if (mark === "...") finish(index, endOfLine(file, index));
    else {
      if (isJson) finish(index, index);
      isJson = true;
    }
  }
  finish(file.length, file.length);
  return found;
}

function endOfLine(file: string, from: number): number {
  const at = file.indexOf("\n", from);
  return at < 0 ? file.length : at + 1;
}

function linesIn(file: string, from: number, to: number): number {
  let count = 0;
  for (let at = file.indexOf("\n", from); at >= 0 && at < to; at = file.indexOf("\n", at + 1)) count++;
  return count;
}

function hasContent(text: string): boolean {
  return /^(?!---\s*(?:#.*)?$)[ \t]*[^\s#%]/m.test(text);
}
