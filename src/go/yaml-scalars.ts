import {
  type Cursor,
  failure,
  isBlank,
  isBlankOrEnd,
  isBreak,
  isBreakOrEnd,
  isDocumentMark,
  type Mark,
  markOf,
  peek,
  REST,
  readBreak,
  skip,
  skipBlanksAndComment,
  take,
} from "./yaml-cursor.ts";

/** Blanks and line breaks between two words. */
interface Gap {
  /** Blanks within one line, which are kept. */
  blanks: string;
  /** The first line break; "" if there is none yet. */
  first: string;
  further: string;
}

const BLANKS = /[ \t]*/y;
const WORD_IN_BLOCK = /(?:[^ \t\n\r\u0085\u2028\u2029:]|:(?![ \t\n\r\u0085\u2028\u2029]|$))+/y;
const WORD_IN_FLOW = /(?:[^ \t\n\r\u0085\u2028\u2029:,?[\]{}]|:(?![ \t\n\r\u0085\u2028\u2029]|$))+/y;

/** Reads a plain scalar at the cursor; `indent` is that of the enclosing block. `endsLine`: a line break follows it. */
export function readPlain(cursor: Cursor, indent: number, inFlow: boolean): { readonly text: string; readonly endsLine: boolean } {
  const word = inFlow ? WORD_IN_FLOW : WORD_IN_BLOCK;
  let text = "";
  const gap: Gap = { blanks: "", first: "", further: "" };
  while (!isDocumentMark(cursor) && peek(cursor) !== 0x23) {
    const found = take(cursor, word);
    if (found !== "") text += fold(gap) + found;
    if (!isBlank(peek(cursor)) && !isBreak(peek(cursor))) break;
    readGap(cursor, gap, () => {
      if (peek(cursor) === 0x09 && cursor.column <= indent)
        throw failure(markOf(cursor), "found a tab character that violates indentation");
    });
    if (!inFlow && cursor.column <= indent) break;
  }
  return { text, endsLine: gap.first !== "" };
}

/** Reads blanks and line breaks; calls `check` for each blank after the first line. */
function readGap(cursor: Cursor, gap: Gap, check: () => void = () => {}): void {
  for (;;) {
    const unit = peek(cursor);
    if (isBreak(unit)) {
      if (gap.first === "") {
        gap.blanks = "";
        gap.first = readBreak(cursor);
      } else gap.further += readBreak(cursor);
    } else if (!isBlank(unit)) return;
    else if (gap.first === "") gap.blanks += take(cursor, BLANKS);
    else {
      check();
      skip(cursor);
    }
  }
}

/** Folds a gap and clears it: a single line feed becomes a space. */
function fold(gap: Gap): string {
  const text = gap.first === "" ? gap.blanks : gap.first === "\n" ? gap.further || " " : gap.first + gap.further;
  gap.blanks = gap.first = gap.further = "";
  return text;
}

const DOUBLE_RUN = /[^ \t\n\r\u0085\u2028\u2029"\\]+/y;
const SINGLE_RUN = /(?:[^ \t\n\r\u0085\u2028\u2029']|'')+/y;

/** Reads a quoted scalar; the cursor is at its quote. */
export function readQuoted(cursor: Cursor): string {
  const quote = peek(cursor);
  const isSingle = quote === 0x27;
  skip(cursor);
  let text = "";
  const gap: Gap = { blanks: "", first: "", further: "" };
  for (;;) {
    if (isDocumentMark(cursor)) throw failure(markOf(cursor), "found unexpected document indicator");
    if (peek(cursor) < 0) throw failure(markOf(cursor), "found unexpected end of stream");
    let isFolded = false;
    while (!isFolded && !isBlankOrEnd(peek(cursor)) && (peek(cursor) !== quote || (isSingle && peek(cursor, 1) === quote))) {
      if (isSingle) text += take(cursor, SINGLE_RUN).replaceAll("''", "'");
      else if (peek(cursor) !== 0x5c) text += take(cursor, DOUBLE_RUN);
      else if (isBreak(peek(cursor, 1))) {
        skip(cursor);
        readBreak(cursor);
        isFolded = true;
      } else text += readEscape(cursor);
    }
    if (peek(cursor) === quote) break;
    text += isFolded ? readEscapedBreak(cursor) : afterWord(cursor, gap);
  }
  skip(cursor);
  return text;
}

function afterWord(cursor: Cursor, gap: Gap): string {
  readGap(cursor, gap);
  return fold(gap);
}

/** After an escaped line break: drops blanks, keeps further line breaks. */
function readEscapedBreak(cursor: Cursor): string {
  let breaks = "";
  for (;;) {
    if (isBreak(peek(cursor))) breaks += readBreak(cursor);
    else if (isBlank(peek(cursor))) skip(cursor);
    else return breaks;
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  "0": "\0",
  a: "\x07",
  b: "\b",
  t: "\t",
  "\t": "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
  e: "\x1b",
  " ": " ",
  '"': '"',
  "'": "'",
  "\\": "\\",
  N: "\u0085",
  _: "\u00a0",
  L: "\u2028",
  P: "\u2029",
};
const CODES: Readonly<Record<string, RegExp>> = { x: /[0-9A-Fa-f]{0,2}/y, u: /[0-9A-Fa-f]{0,4}/y, U: /[0-9A-Fa-f]{0,8}/y };
const LENGTHS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function readEscape(cursor: Cursor): string {
  const name = cursor.text[cursor.at + 1] ?? "";
  const plain = ESCAPES[name];
  const code = CODES[name];
  if (plain === undefined && code === undefined) throw failure(markOf(cursor), "found unknown escape character");
  skip(cursor);
  skip(cursor);
  if (code === undefined) return plain ?? "";
  const start: Mark = markOf(cursor);
  const digits = take(cursor, code);
  if (digits.length !== LENGTHS[name]) throw failure(start, "did not find expected hexdecimal number");
  const value = Number.parseInt(digits, 16);
  if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) throw failure(start, "found invalid Unicode character escape code");
  return String.fromCodePoint(value);
}

const HEADER = /[+-]?[0-9]?[+-]?/y;
const SPACES = / */y;

/** Reads a literal or folded block scalar; the cursor is at its indicator, `around` is the indent of the enclosing block. */
export function readBlockScalar(cursor: Cursor, blockIndent: number): string {
  const isLiteral = peek(cursor) === 0x7c;
  skip(cursor);
  const { keep, increment } = readHeader(cursor);
  skipBlanksAndComment(cursor);
  if (!isBreakOrEnd(peek(cursor))) throw failure(markOf(cursor), "did not find expected comment or line break");
  if (isBreak(peek(cursor))) readBreak(cursor);
  const block: Block = { indent: increment === 0 ? 0 : Math.max(blockIndent, 0) + increment, breaks: "" };
  readIndent(cursor, block, blockIndent);
  let text = "";
  let lineEnd = "";
  let wasBlank = false;
  while (cursor.column === block.indent && peek(cursor) >= 0) {
    const blank = isBlank(peek(cursor));
    const folds = !isLiteral && !wasBlank && !blank && lineEnd === "\n";
    text += (folds ? (block.breaks === "" ? " " : "") : lineEnd) + block.breaks + take(cursor, REST);
    block.breaks = "";
    wasBlank = blank;
    lineEnd = isBreak(peek(cursor)) ? readBreak(cursor) : "";
    readIndent(cursor, block, blockIndent);
  }
  return text + (keep === "-" ? "" : lineEnd) + (keep === "+" ? block.breaks : "");
}

function readHeader(cursor: Cursor): { readonly keep: string; readonly increment: number } {
  const before = markOf(cursor);
  const header = take(cursor, HEADER);
  const [, first = "", digit = "", last = ""] = /^([+-]?)([0-9]?)([+-]?)$/.exec(header) ?? [];
  if (digit === "0") throw failure(before, "found an indentation indicator equal to 0");
  if (first !== "" && last !== "") throw failure(before, "did not find expected comment or line break");
  return { keep: first || last, increment: Number(digit) };
}

interface Block {
  /** 0 until the first line sets it. */
  indent: number;
  breaks: string;
}

/** Skips the indent of the next line, and empty lines before it. */
function readIndent(cursor: Cursor, block: Block, around: number): void {
  let most = 0;
  for (;;) {
    if (block.indent === 0) take(cursor, SPACES);
    else while (cursor.column < block.indent && peek(cursor) === 0x20) skip(cursor);
    most = Math.max(most, cursor.column);
    if ((block.indent === 0 || cursor.column < block.indent) && peek(cursor) === 0x09)
      throw failure(markOf(cursor), "found a tab character where an indentation space is expected");
    if (!isBreak(peek(cursor))) break;
    block.breaks += readBreak(cursor);
  }
  if (block.indent === 0) block.indent = Math.max(most, around + 1, 1);
}
