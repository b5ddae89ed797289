import { decodeUtf8 } from "./literal.ts";
import {
  type Cursor,
  failure,
  follows,
  isBlank,
  isBlankOrEnd,
  isBreak,
  isBreakOrEnd,
  markOf,
  peek,
  readBreak,
  skip,
  skipBlanksAndComment,
  take,
} from "./yaml-cursor.ts";

/** A tag as written: a handle, defined by a directive, and a suffix. */
export interface Tag {
  readonly handle: string;
  readonly suffix: string;
}

const LETTERS = /[0-9A-Za-z_-]*/y;
const HANDLE = /![0-9A-Za-z_-]*!?/y;
const URI = /(?:[0-9A-Za-z_;/?:@&=+$,.!~*'()[\]-]|%[0-9A-Fa-f]{2})*/y;
const BLANKS = /[ \t]*/y;

/** Reads the name of an anchor or alias; the cursor is at its indicator. */
export function readName(cursor: Cursor): string {
  skip(cursor);
  const name = take(cursor, LETTERS);
  const next = peek(cursor);
  if (name === "" || !(isBlankOrEnd(next) || "?:,]}%@`".includes(String.fromCharCode(next))))
    throw failure(markOf(cursor), "did not find expected alphabetic or numeric character");
  return name;
}

/** Reads a tag; the cursor is at its exclamation mark. */
export function readTag(cursor: Cursor): Tag {
  const tag = follows(cursor, "!<") ? verbatim(cursor) : shorthand(cursor);
  if (!isBlankOrEnd(peek(cursor))) throw failure(markOf(cursor), "did not find expected whitespace or line break");
  return tag;
}

function verbatim(cursor: Cursor): Tag {
  skip(cursor);
  skip(cursor);
  const suffix = readUri(cursor, "");
  if (peek(cursor) !== 0x3e) throw failure(markOf(cursor), "did not find the expected '>'");
  skip(cursor);
  return { handle: "", suffix };
}

function shorthand(cursor: Cursor): Tag {
  const handle = take(cursor, HANDLE);
  if (handle.length > 1 && handle.endsWith("!")) return { handle, suffix: readUri(cursor, "") };
  const suffix = readUri(cursor, handle);
  return suffix === "" ? { handle: "", suffix: "!" } : { handle: "!", suffix };
}

/** Reads the rest of a tag after the text already read as its handle. */
function readUri(cursor: Cursor, head: string): string {
  const found = take(cursor, URI);
  if (peek(cursor) === 0x25) throw failure(markOf(cursor), "did not find URI escaped octet");
  if (found === "" && head === "") throw failure(markOf(cursor), "did not find expected tag URI");
  return head.slice(1) + unescaped(cursor, found);
}

function unescaped(cursor: Cursor, uri: string): string {
  return uri.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = Uint8Array.from(run.matchAll(/%(..)/g), ([, digits = ""]) => Number.parseInt(digits, 16));
    const text = decodeUtf8(bytes);
    if (text.includes("\ufffd")) throw failure(markOf(cursor), "found an incorrect leading UTF-8 octet");
    return text;
  });
}

/** A `%YAML` or `%TAG` directive: its version, or its handle and prefix. */
export type Directive = { readonly version: string } | { readonly handle: string; readonly prefix: string };

/** Reads a directive and its line; the cursor is at its percent sign. */
export function readDirective(cursor: Cursor): Directive {
  skip(cursor);
  const name = take(cursor, LETTERS);
  if (name === "") throw failure(markOf(cursor), "could not find expected directive name");
  if (!isBlankOrEnd(peek(cursor))) throw failure(markOf(cursor), "found unexpected non-alphabetical character");
  if (name !== "YAML" && name !== "TAG") throw failure(markOf(cursor), "found unknown directive name");
  take(cursor, BLANKS);
  const directive = name === "YAML" ? readVersion(cursor) : readTagDirective(cursor);
  skipBlanksAndComment(cursor);
  if (!isBreakOrEnd(peek(cursor))) throw failure(markOf(cursor), "did not find expected comment or line break");
  if (isBreak(peek(cursor))) readBreak(cursor);
  return directive;
}

const DIGITS = /[0-9]*/y;

function readVersion(cursor: Cursor): Directive {
  const major = readNumber(cursor);
  if (peek(cursor) !== 0x2e) throw failure(markOf(cursor), "did not find expected digit or '.' character");
  skip(cursor);
  return { version: `${major}.${readNumber(cursor)}` };
}

function readNumber(cursor: Cursor): number {
  const digits = take(cursor, DIGITS);
  if (digits.length > 2) throw failure(markOf(cursor), "found extremely long version number");
  if (digits === "") throw failure(markOf(cursor), "did not find expected version number");
  return Number(digits);
}

function readTagDirective(cursor: Cursor): Directive {
  const handle = take(cursor, HANDLE);
  if (handle !== "!" && !/^!.*!$/.test(handle)) throw failure(markOf(cursor), "did not find expected '!'");
  if (!isBlank(peek(cursor))) throw failure(markOf(cursor), "did not find expected whitespace");
  take(cursor, BLANKS);
  const prefix = readUri(cursor, "");
  if (!isBlankOrEnd(peek(cursor))) throw failure(markOf(cursor), "did not find expected whitespace or line break");
  return { handle, prefix };
}
