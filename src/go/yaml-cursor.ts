import { YamlFailure } from "./yaml-failure.ts";

/** A place in a text that is read; lines and columns count from 0, columns in characters. */
export interface Cursor {
  readonly text: string;
  at: number;
  line: number;
  column: number;
}

/** A place to come back to in messages. */
export type Mark = { readonly at: number; readonly line: number; readonly column: number };

/** The place of a cursor as it is now. */
export function markOf({ at, line, column }: Cursor): Mark {
  return { at, line, column };
}

/** The UTF-16 unit so far ahead; -1 behind the end. */
export function peek({ text, at }: Cursor, ahead = 0): number {
  return at + ahead < text.length ? text.charCodeAt(at + ahead) : -1;
}

/** Whether a text follows. */
export function follows({ text, at }: Cursor, what: string): boolean {
  return text.startsWith(what, at);
}

/** A space or a tab. */
export function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}

/** A line break of YAML 1.1: next line, line separator and paragraph separator are some, too. */
export function isBreak(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d || unit === 0x85 || unit === 0x2028 || unit === 0x2029;
}

/** A line break, or the end. */
export function isBreakOrEnd(unit: number): boolean {
  return unit < 0 || isBreak(unit);
}

/** A blank, a line break, or the end. */
export function isBlankOrEnd(unit: number): boolean {
  return unit < 0 || isBlank(unit) || isBreak(unit);
}

/** Passes one character that is no line break. */
export function skip(cursor: Cursor): void {
  const unit = peek(cursor);
  cursor.at += unit >= 0xd800 && unit < 0xdc00 ? 2 : 1;
  cursor.column++;
}

/** Passes a run of what a sticky pattern matches, which holds no line break. Returns it. */
export function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text)?.[0] ?? "";
  cursor.at += found.length;
  cursor.column += charactersIn(found);
  return found;
}

const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

function charactersIn(text: string): number {
  return text.length - (text.match(PAIR)?.length ?? 0);
}

/** Passes a line break. Returns it as YAML reads it: the separators stay, all others are a line feed. */
export function readBreak(cursor: Cursor): string {
  const unit = peek(cursor);
  cursor.at += unit === 0x0d && peek(cursor, 1) === 0x0a ? 2 : 1;
  cursor.line++;
  cursor.column = 0;
  return unit === 0x2028 || unit === 0x2029 ? String.fromCharCode(unit) : "\n";
}

/** Passes blanks, a comment and no line break. */
export function skipBlanksAndComment(cursor: Cursor): void {
  take(cursor, BLANKS);
  if (peek(cursor) === 0x23) take(cursor, REST);
}

const BLANKS = /[ \t]*/y;
/** All up to the end of a line. */
export const REST = /[^\n\r\u0085\u2028\u2029]*/y;

/** Whether `---` or `...` stands here, at the beginning of a line. */
export function isDocumentMark(cursor: Cursor): boolean {
  return cursor.column === 0 && (follows(cursor, "---") || follows(cursor, "...")) && isBlankOrEnd(peek(cursor, 3));
}

/** A syntax error in yaml.v2's words, with the place. */
export function failure({ line, column, at }: Mark, problem: string): YamlFailure {
  return new YamlFailure(`yaml: line ${line + 1}: column ${column + 1}: ${problem}`, at);
}
