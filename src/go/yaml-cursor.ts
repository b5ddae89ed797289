import { YamlFailure } from "./yaml-failure.ts";

/** A position while reading a text; lines and columns count from 0, columns in characters. */
export interface Cursor {
  readonly text: string;
  /** Whether the text has characters of two UTF-16 units. */
  readonly hasPairs: boolean;
  at: number;
  line: number;
  column: number;
}

/** A position remembered for messages. */
export type Mark = { readonly at: number; readonly line: number; readonly column: number };

/** Returns a cursor at the start of a text, after its byte order mark. */
export function cursorOf(text: string): Cursor {
  return { text, hasPairs: /[\ud800-\udbff]/.test(text), at: text.startsWith("\ufeff") ? 1 : 0, line: 0, column: 0 };
}

/** Returns the current position. */
export function markOf({ at, line, column }: Cursor): Mark {
  return { at, line, column };
}

/** Returns the UTF-16 unit at an offset from the cursor; -1 past the end. */
export function peek({ text, at }: Cursor, ahead = 0): number {
  return at + ahead < text.length ? text.charCodeAt(at + ahead) : -1;
}

/** Returns whether a text follows the cursor. */
export function follows({ text, at }: Cursor, expected: string): boolean {
  return text.startsWith(expected, at);
}

/** Returns whether a unit is a space or tab. */
export function isBlank(unit: number): boolean {
  return unit === 0x20 || unit === 0x09;
}

/** Returns whether a unit is a line break of YAML 1.1, which includes next line, line separator and paragraph separator. */
export function isBreak(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d || unit === 0x85 || unit === 0x2028 || unit === 0x2029;
}

/** Returns whether a unit is a line break or the end. */
export function isBreakOrEnd(unit: number): boolean {
  return unit < 0 || isBreak(unit);
}

/** Returns whether a unit is a blank, a line break or the end. */
export function isBlankOrEnd(unit: number): boolean {
  return unit < 0 || isBlank(unit) || isBreak(unit);
}

/** Skips one character that is not a line break. */
export function skip(cursor: Cursor): void {
  const unit = peek(cursor);
  cursor.at += unit >= 0xd800 && unit < 0xdc00 ? 2 : 1;
  cursor.column++;
}

/** Reads what a sticky pattern matches; the match must not contain line breaks. */
export function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  if (!pattern.test(cursor.text)) return "";
  const found = cursor.text.slice(cursor.at, pattern.lastIndex);
  cursor.at = pattern.lastIndex;
  cursor.column += cursor.hasPairs ? charactersIn(found) : found.length;
  return found;
}

const PAIR = /[\ud800-\udbff][\udc00-\udfff]/g;

function charactersIn(text: string): number {
  return text.length - (text.match(PAIR)?.length ?? 0);
}

/** Reads a line break and returns it normalized: separators are kept, all others become a line feed. */
export function readBreak(cursor: Cursor): string {
  const unit = peek(cursor);
  cursor.at += unit === 0x0d && peek(cursor, 1) === 0x0a ? 2 : 1;
  cursor.line++;
  cursor.column = 0;
  return unit === 0x2028 || unit === 0x2029 ? String.fromCharCode(unit) : "\n";
}

/** Skips blanks and a comment, but not the line break. */
export function skipBlanksAndComment(cursor: Cursor): void {
  take(cursor, BLANKS);
  if (peek(cursor) === 0x23) take(cursor, REST);
}

const BLANKS = /[ \t]*/y;
/** Matches the rest of a line. */
export const REST = /[^\n\r\u0085\u2028\u2029]*/y;

/** Returns whether the cursor is at `---` or `...` at the start of a line. */
export function isDocumentMark(cursor: Cursor): boolean {
  return cursor.column === 0 && (follows(cursor, "---") || follows(cursor, "...")) && isBlankOrEnd(peek(cursor, 3));
}

/** Creates a syntax error with yaml.v2's text and position. */
export function failure({ line, column, at }: Mark, problem: string): YamlFailure {
  return new YamlFailure(`yaml: line ${line + 1}: column ${column + 1}: ${problem}`, at);
}
