import { MAX_DEPTH, type MapPart, type Part, readFlow, type ScalarPart } from "./loose-flow.ts";

/** The start of a line: a list item or a member's name, followed by another one or by a value. */
type Token = { readonly column: number; readonly name?: string; readonly isItem: boolean; readonly value?: Part };

const ITEM = /-(?:[ \t]+|$)/my;
const KEY = /(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s#,[\]{}"'&*!|>%@`-][^:#\n]*?|[\w./-]+)[ \t]*:(?=\s|$)/y;

/** Reads a text as block YAML, as leniently as `readFlow`. */
export function readBlock(text: string): Part | undefined {
  const tokens = tokensOf(text);
  let next = 0;
  const read = (depth: number): Part | undefined => {
    const first = tokens[next];
    if (first === undefined || depth > MAX_DEPTH) return undefined;
    if (first.name === undefined && !first.isItem) {
      next++;
      return first.value;
    }
    const items: Part[] = [];
    const members: MapPart["members"] = [];
    for (let token: Token | undefined = first; token?.column === first.column && token.isItem === first.isItem; token = tokens[next]) {
      next++;
      const below = tokens[next];
      const isNested =
        below !== undefined && (below.column > token.column || (below.column === token.column && below.isItem && !token.isItem));
      const value = token.value ?? (isNested ? read(depth + 1) : undefined);
      if (value !== undefined && token.isItem) items.push(value);
      else if (value !== undefined) members.push({ name: token.name ?? "", value });
    }
    return first.isItem ? { kind: "list", end: text.length, items } : { kind: "map", end: text.length, members };
  };
  const roots: Part[] = [];
  while (next < tokens.length) {
    const root = read(0);
    if (root === undefined) break;
    roots.push(root);
  }
  return { kind: "list", end: text.length, items: roots };
}

function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let line = 0;
  while (line < text.length) {
    let at = line;
    while (text[at] === " ") at++;
    const endOfLine = lineEnd(text, at);
    if (at === endOfLine || text[at] === "#" || text.startsWith("---", line)) {
      line = endOfLine + 1;
      continue;
    }
    let column = at - line;
    const move = (length: number) => {
      at += length;
      column += length;
    };
    for (let item = match(ITEM, text, at); item !== undefined; item = match(ITEM, text, at)) {
      tokens.push({ column, isItem: true });
      move(item.length);
    }
    const key = match(KEY, text, at);
    if (key !== undefined) {
      const written = key.replace(/[ \t]*:$/, "");
      const value = valueAt(text, at + key.length, column);
      tokens.push({ column, isItem: false, name: written.replace(/^(["'])(.*)\1$/, "$2"), ...(value === undefined ? {} : { value }) });
      line = lineEnd(text, value === undefined ? at : Math.max(value.end - 1, at)) + 1;
    } else if (at < endOfLine) {
      const value = valueAt(text, at, tokens.at(-1)?.column ?? -1);
      tokens.push({ column, isItem: false, ...(value === undefined ? {} : { value }) });
      line = lineEnd(text, value === undefined ? at : Math.max(value.end - 1, at)) + 1;
    } else line = endOfLine + 1;
  }
  return tokens;
}

/** Returns the value after a name or item whose line starts at a column; undefined if it starts on a later line. */
function valueAt(text: string, from: number, column: number): Part | undefined {
  let at = from;
  while (text[at] === " " || text[at] === "\t") at++;
  const properties = match(/(?:[&!]\S*[ \t]+)*/y, text, at);
  at += properties?.length ?? 0;
  const first = text[at];
  const end = lineEnd(text, at);
  if (at >= end || first === "#") return undefined;
  if (first === "{" || first === "[" || first === '"' || first === "'") return readFlow(text, at) ?? plainScalar(text, at, end);
  if (first !== "|" && first !== ">") return plainScalar(text, at, plainScalarEnd(text, end, column));
  const start = end + 1;
  const last = blockEnd(text, end, column);
  return last <= start
    ? undefined
    : { kind: "scalar", start: start + indentAt(text, start), end: last, text: text.slice(start, last), quote: "|" };
}

function plainScalar(text: string, start: number, end: number): ScalarPart {
  const plain = text
    .slice(start, end)
    .replace(/[ \t]+#[^\n]*$/, "")
    .trimEnd();
  return { kind: "scalar", start, end: start + plain.length, text: plain, quote: "" };
}

/** Returns the end of the last line that is indented deeper than `column`, after the line that ends at `from`. */
function blockEnd(text: string, from: number, column: number): number {
  let end = from;
  for (let line = from + 1; line < text.length; ) {
    const stop = lineEnd(text, line);
    const indent = indentAt(text, line);
    if (line + indent < stop && indent <= column) break;
    if (line + indent < stop) end = stop;
    line = stop + 1;
  }
  return end;
}

/** Returns where a plain scalar ends: before a line with a name, an item or a comment. */
function plainScalarEnd(text: string, from: number, column: number): number {
  let end = from;
  while (end < text.length) {
    const line = end + 1;
    const stop = lineEnd(text, line);
    const at = line + indentAt(text, line);
    if (at >= stop || at - line <= column || text[at] === "#" || match(KEY, text, at) !== undefined || match(ITEM, text, at) !== undefined)
      break;
    end = stop;
  }
  return end;
}

function indentAt(text: string, line: number): number {
  let at = line;
  while (text[at] === " ") at++;
  return at - line;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf("\n", from);
  return at < 0 ? text.length : at;
}

function match(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(text)?.[0];
  return found === "" ? undefined : found;
}
