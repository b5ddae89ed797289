/** One document of a file, and the line on which it starts, from 1. */
export interface DocumentText {
  readonly text: string;
  readonly line: number;
}

const SEPARATOR = /^(?:---|\.\.\.)(?:[ \t].*)?\r?$/;

/**
 * Splits a file into its YAML documents. In JSON, a line that starts with a brace starts another document, as `kubectl` prints them. Documents
 * without content are left out.
 */
export function splitDocuments(file: string): readonly DocumentText[] {
  const found: DocumentText[] = [];
  let lines: string[] = [];
  let start = 1;
  let isJson = false;
  const finish = (next: number) => {
    const text = lines.join("\n");
    if (hasContent(text)) found.push({ text, line: start });
    lines = [];
    start = next;
    isJson = false;
  };
  let number = 0;
  for (const line of file.split("\n")) {
    number++;
    if (SEPARATOR.test(line)) {
      finish(line.startsWith("---") ? number : number + 1);
      // A document may start on the line of its separator.
      if (line.startsWith("---")) lines.push(line);
      continue;
    }
    if (line.startsWith("{")) {
      if (isJson) finish(number);
      isJson = true;
    }
    lines.push(line);
  }
  finish(number);
  return found;
}

function hasContent(text: string): boolean {
  return /^(?!---\s*(?:#.*)?$)[ \t]*[^\s#%]/m.test(text);
}
