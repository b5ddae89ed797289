import {
  type Cursor,
  cursorOf,
  failure,
  isBlankOrEnd,
  isBreak,
  isDocumentMark,
  type Mark,
  markOf,
  peek,
  readBreak,
  skip,
  skipBlanksAndComment,
} from "./yaml-cursor.ts";
import { YamlFailure } from "./yaml-failure.ts";
import { type SimpleKeys, simpleKeys } from "./yaml-keys.ts";
import { readBlockScalar, readPlain, readQuoted } from "./yaml-scalars.ts";
import { type Directive, readDirective, readName, readTag, type Tag } from "./yaml-tags.ts";

/** A token of YAML; kinds are named after their indicator, or after what they start or end. */
export type Token = { readonly mark: Mark } & (
  | { readonly kind: Bare }
  | { readonly kind: "directive"; readonly directive: Directive }
  | { readonly kind: "alias" | "anchor"; readonly name: string }
  | { readonly kind: "tag"; readonly tag: Tag }
  | { readonly kind: "scalar"; readonly text: string; readonly isPlain: boolean }
);

type Bare = "list-start" | "map-start" | "block-end" | "[" | "]" | "{" | "}" | "," | "-" | "?" | ":" | "---" | "..." | "end";

/** Returns the tokens of a text one by one. */
export interface Scanner {
  readonly peek: () => Token;
  readonly skip: () => void;
}

/** Maximum nesting depth of brackets or of blocks. */
const MAX_DEPTH = 10_000;
/** The error for deeper nesting. */
export const TOO_DEEP = `yaml: exceeded max depth of ${MAX_DEPTH}`;

/** The state of a scan. */
interface Scan {
  readonly cursor: Cursor;
  /** Tokens that were scanned and not taken yet. */
  readonly tokens: Token[];
  /** How many tokens were taken. */
  taken: number;
  /** The column of the current block; -1 outside of blocks. */
  indent: number;
  /** The columns of the blocks around it. */
  readonly indents: number[];
  /** Whether a key without a question mark may start at the cursor. */
  mayBeKey: boolean;
  readonly keys: SimpleKeys;
}

/** Scans YAML 1.1 like the scanner of yaml.v2 (libyaml), no further than necessary. */
export function scannerOf(text: string): Scanner {
  const cursor = cursorOf(text);
  let isFinal = false;
  const scan: Scan = { cursor, tokens: [], taken: 0, indent: -1, indents: [], mayBeKey: true, keys: simpleKeys(cursor) };
  return {
    peek() {
      // Nothing changes between two calls.
      if (!isFinal) scanMore(scan);
      isFinal = true;
      return scan.tokens[0] ?? { kind: "end", mark: markOf(cursor) };
    },
    skip() {
      isFinal = false;
      scan.tokens.shift();
      scan.taken++;
    },
  };
}

function inFlow({ keys }: Scan): boolean {
  return keys.depth() > 0;
}

/** Returns the number of the next token. */
function nextToken({ taken, tokens }: Scan): number {
  return taken + tokens.length;
}

/** Scans until the first token is final: a token that may be a key gets others before it. */
function scanMore(scan: Scan): void {
  while (scan.tokens.length === 0 || scan.keys.mayStartAt(scan.taken)) scanToken(scan);
}

function saveKey(scan: Scan): void {
  if (scan.mayBeKey) scan.keys.save(nextToken(scan), !inFlow(scan) && scan.indent === scan.cursor.column);
}

/** Inserts a token before the token with a number; at the end if that one was taken already. */
function insert(scan: Scan, token: Token, number: number): void {
  if (number < scan.taken) scan.tokens.push(token);
  else scan.tokens.splice(number - scan.taken, 0, token);
}

/** Starts a block if it is indented deeper, before the token with a number or at the end. */
function rollIndent(scan: Scan, column: number, kind: "list-start" | "map-start", mark: Mark, number = nextToken(scan)): void {
  if (inFlow(scan) || scan.indent >= column) return;
  scan.indents.push(scan.indent);
  scan.indent = column;
  if (scan.indents.length > MAX_DEPTH) throw new YamlFailure(TOO_DEEP);
  insert(scan, { kind, mark }, number);
}

function unrollIndent(scan: Scan, column: number): void {
  if (inFlow(scan)) return;
  while (scan.indent > column) {
    scan.tokens.push({ kind: "block-end", mark: markOf(scan.cursor) });
    scan.indent = scan.indents.pop() ?? -1;
  }
}

function toNextToken(scan: Scan): void {
  for (;;) {
    // Tabs are allowed except where they could be read as indentation.
    while (peek(scan.cursor) === 0x20 || (peek(scan.cursor) === 0x09 && (inFlow(scan) || !scan.mayBeKey))) skip(scan.cursor);
    if (peek(scan.cursor) === 0x23) skipBlanksAndComment(scan.cursor);
    if (!isBreak(peek(scan.cursor))) return;
    readBreak(scan.cursor);
    if (!inFlow(scan)) scan.mayBeKey = true;
  }
}

function pushIndicator(scan: Scan, kind: Bare, length = 1): void {
  const mark = markOf(scan.cursor);
  for (let count = 0; count < length; count++) skip(scan.cursor);
  scan.tokens.push({ kind, mark });
}

function scanToken(scan: Scan): void {
  toNextToken(scan);
  unrollIndent(scan, scan.cursor.column);
  const unit = peek(scan.cursor);
  if (unit < 0) scanEnd(scan);
  else if (unit === 0x25 && scan.cursor.column === 0) {
    endBlocks(scan);
    const mark = markOf(scan.cursor);
    scan.tokens.push({ kind: "directive", directive: readDirective(scan.cursor), mark });
  } else if (isDocumentMark(scan.cursor)) {
    endBlocks(scan);
    pushIndicator(scan, unit === 0x2d ? "---" : "...", 3);
  } else scanWithin(scan, String.fromCharCode(unit), isBlankOrEnd(peek(scan.cursor, 1)));
}

function scanEnd(scan: Scan): void {
  const mark = markOf(scan.cursor);
  if (scan.cursor.column !== 0) scan.cursor.line++;
  scan.cursor.column = 0;
  endBlocks(scan);
  scan.tokens.push({ kind: "end", mark });
}

function endBlocks(scan: Scan): void {
  unrollIndent(scan, -1);
  scan.keys.drop();
  scan.mayBeKey = false;
}

function scanWithin(scan: Scan, character: string, isFollowedByBlank: boolean): void {
  if (character === "[" || character === "{") {
    saveKey(scan);
    scan.keys.openBracket(nextToken(scan));
    if (scan.keys.depth() > MAX_DEPTH) throw new YamlFailure(TOO_DEEP);
    scan.mayBeKey = true;
    pushIndicator(scan, character);
  } else if (character === "]" || character === "}") {
    scan.keys.drop();
    scan.keys.closeBracket();
    scan.mayBeKey = false;
    pushIndicator(scan, character);
  } else if (character === ",") {
    scan.keys.drop();
    scan.mayBeKey = true;
    pushIndicator(scan, character);
  } else if (character === "-" && isFollowedByBlank) scanItem(scan);
  else if (character === "?" && (inFlow(scan) || isFollowedByBlank)) scanKey(scan);
  else if (character === ":" && (inFlow(scan) || isFollowedByBlank)) scanValue(scan);
  else scanNode(scan, character);
}

function scanItem(scan: Scan): void {
  if (!inFlow(scan) && !scan.mayBeKey) throw failure(markOf(scan.cursor), "block sequence entries are not allowed in this context");
  rollIndent(scan, scan.cursor.column, "list-start", markOf(scan.cursor));
  scan.keys.drop();
  scan.mayBeKey = true;
  pushIndicator(scan, "-");
}

function scanKey(scan: Scan): void {
  if (!inFlow(scan) && !scan.mayBeKey) throw failure(markOf(scan.cursor), "mapping keys are not allowed in this context");
  rollIndent(scan, scan.cursor.column, "map-start", markOf(scan.cursor));
  scan.keys.drop();
  scan.mayBeKey = !inFlow(scan);
  pushIndicator(scan, "?");
}

function scanValue(scan: Scan): void {
  const key = scan.keys.take();
  if (key !== undefined) {
    insert(scan, { kind: "?", mark: key.mark }, key.token);
    rollIndent(scan, key.mark.column, "map-start", key.mark, key.token);
    scan.mayBeKey = false;
  } else {
    if (!inFlow(scan) && !scan.mayBeKey) throw failure(markOf(scan.cursor), "mapping values are not allowed in this context");
    rollIndent(scan, scan.cursor.column, "map-start", markOf(scan.cursor));
    scan.mayBeKey = !inFlow(scan);
  }
  pushIndicator(scan, ":");
}

function scanNode(scan: Scan, character: string): void {
  const mark = markOf(scan.cursor);
  if ((character === "|" || character === ">") && !inFlow(scan)) {
    scan.keys.drop();
    scan.mayBeKey = true;
    scan.tokens.push({ kind: "scalar", text: readBlockScalar(scan.cursor, scan.indent), isPlain: false, mark });
    return;
  }
  if (!canBegin(scan, character)) throw failure(mark, "found character that cannot start any token");
  saveKey(scan);
  scan.mayBeKey = false;
  if (character === "*" || character === "&")
    scan.tokens.push({ kind: character === "*" ? "alias" : "anchor", name: readName(scan.cursor), mark });
  else if (character === "!") scan.tokens.push({ kind: "tag", tag: readTag(scan.cursor), mark });
  else if (character === "'" || character === '"')
    scan.tokens.push({ kind: "scalar", text: readQuoted(scan.cursor), isPlain: false, mark });
  else {
    const { text: found, endsLine } = readPlain(scan.cursor, scan.indent, inFlow(scan));
    if (endsLine) scan.mayBeKey = true;
    scan.tokens.push({ kind: "scalar", text: found, isPlain: true, mark });
  }
}

function canBegin(scan: Scan, character: string): boolean {
  if (character === "-") return true;
  if (character === "?" || character === ":") return !inFlow(scan);
  return !"#|>%@`\t".includes(character);
}
