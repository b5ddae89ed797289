import {
  type Cursor,
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
import { simpleKeys } from "./yaml-keys.ts";
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

/** Scans YAML 1.1 like the scanner of yaml.v2 (libyaml), no further than necessary. */
export function scannerOf(text: string): Scanner {
  const cursor: Cursor = { text, at: text.startsWith("\ufeff") ? 1 : 0, line: 0, column: 0 };
  const tokens: Token[] = [];
  let taken = 0;
  let indent = -1;
  const indents: number[] = [];
  let mayBeKey = true;
  const keys = simpleKeys(cursor);
  const inFlow = () => keys.depth() > 0;
  /** The number of the next token. */
  const nextToken = () => taken + tokens.length;

  /** Scans until the first token is final: a token that may be a key gets others before it. */
  function scanMore(): void {
    while (tokens.length === 0 || keys.mayStartAt(taken)) scan();
  }

  function saveKey(): void {
    if (mayBeKey) keys.save(nextToken(), !inFlow() && indent === cursor.column);
  }

  /** Inserts a token before the token with a number; at the end if that one was taken already. */
  function insert(token: Token, number: number): void {
    if (number < taken) tokens.push(token);
    else tokens.splice(number - taken, 0, token);
  }

  /** Starts a block if it is indented deeper, before the token with a number or at the end. */
  function rollIndent(column: number, kind: "list-start" | "map-start", mark: Mark, number = nextToken()): void {
    if (inFlow() || indent >= column) return;
    indents.push(indent);
    indent = column;
    if (indents.length > MAX_DEPTH) throw new YamlFailure(TOO_DEEP);
    insert({ kind, mark }, number);
  }

  function unrollIndent(column: number): void {
    if (inFlow()) return;
    while (indent > column) {
      tokens.push({ kind: "block-end", mark: markOf(cursor) });
      indent = indents.pop() ?? -1;
    }
  }

  function toNextToken(): void {
    for (;;) {
      // Tabs are allowed except where they could be read as indentation.
      while (peek(cursor) === 0x20 || (peek(cursor) === 0x09 && (inFlow() || !mayBeKey))) skip(cursor);
      if (peek(cursor) === 0x23) skipBlanksAndComment(cursor);
      if (!isBreak(peek(cursor))) return;
      readBreak(cursor);
      if (!inFlow()) mayBeKey = true;
    }
  }

  function pushIndicator(kind: Bare, length = 1): void {
    const mark = markOf(cursor);
    for (let count = 0; count < length; count++) skip(cursor);
    tokens.push({ kind, mark });
  }

  function scan(): void {
    toNextToken();
    unrollIndent(cursor.column);
    const unit = peek(cursor);
    if (unit < 0) scanEnd();
    else if (unit === 0x25 && cursor.column === 0) {
      endBlocks();
      const mark = markOf(cursor);
      tokens.push({ kind: "directive", directive: readDirective(cursor), mark });
    } else if (isDocumentMark(cursor)) {
      endBlocks();
      pushIndicator(unit === 0x2d ? "---" : "...", 3);
    } else scanWithin(String.fromCharCode(unit), isBlankOrEnd(peek(cursor, 1)));
  }

  function scanEnd(): void {
    const mark = markOf(cursor);
    if (cursor.column !== 0) cursor.line++;
    cursor.column = 0;
    endBlocks();
    tokens.push({ kind: "end", mark });
  }

  function endBlocks(): void {
    unrollIndent(-1);
    keys.drop();
    mayBeKey = false;
  }

  function scanWithin(character: string, isFollowedByBlank: boolean): void {
    if (character === "[" || character === "{") {
      saveKey();
      keys.openBracket(nextToken());
      if (keys.depth() > MAX_DEPTH) throw new YamlFailure(TOO_DEEP);
      mayBeKey = true;
      pushIndicator(character);
    } else if (character === "]" || character === "}") {
      keys.drop();
      keys.closeBracket();
      mayBeKey = false;
      pushIndicator(character);
    } else if (character === ",") {
      keys.drop();
      mayBeKey = true;
      pushIndicator(character);
    } else if (character === "-" && isFollowedByBlank) scanItem();
    else if (character === "?" && (inFlow() || isFollowedByBlank)) scanKey();
    else if (character === ":" && (inFlow() || isFollowedByBlank)) scanValue();
    else scanNode(character);
  }

  function scanItem(): void {
    if (!inFlow() && !mayBeKey) throw failure(markOf(cursor), "block sequence entries are not allowed in this context");
    rollIndent(cursor.column, "list-start", markOf(cursor));
    keys.drop();
    mayBeKey = true;
    pushIndicator("-");
  }

  function scanKey(): void {
    if (!inFlow() && !mayBeKey) throw failure(markOf(cursor), "mapping keys are not allowed in this context");
    rollIndent(cursor.column, "map-start", markOf(cursor));
    keys.drop();
    mayBeKey = !inFlow();
    pushIndicator("?");
  }

  function scanValue(): void {
    const key = keys.take();
    if (key !== undefined) {
      insert({ kind: "?", mark: key.mark }, key.token);
      rollIndent(key.mark.column, "map-start", key.mark, key.token);
      mayBeKey = false;
    } else {
      if (!inFlow() && !mayBeKey) throw failure(markOf(cursor), "mapping values are not allowed in this context");
      rollIndent(cursor.column, "map-start", markOf(cursor));
      mayBeKey = !inFlow();
    }
    pushIndicator(":");
  }

  function scanNode(character: string): void {
    const mark = markOf(cursor);
    if ((character === "|" || character === ">") && !inFlow()) {
      keys.drop();
      mayBeKey = true;
      tokens.push({ kind: "scalar", text: readBlockScalar(cursor, indent), isPlain: false, mark });
      return;
    }
    if (!canBegin(character)) throw failure(mark, "found character that cannot start any token");
    saveKey();
    mayBeKey = false;
    if (character === "*" || character === "&") tokens.push({ kind: character === "*" ? "alias" : "anchor", name: readName(cursor), mark });
    else if (character === "!") tokens.push({ kind: "tag", tag: readTag(cursor), mark });
    else if (character === "'" || character === '"') tokens.push({ kind: "scalar", text: readQuoted(cursor), isPlain: false, mark });
    else {
      const { text: found, endsLine } = readPlain(cursor, indent, inFlow());
      if (endsLine) mayBeKey = true;
      tokens.push({ kind: "scalar", text: found, isPlain: true, mark });
    }
  }

  function canBegin(character: string): boolean {
    if (character === "-") return true;
    if (character === "?" || character === ":") return !inFlow();
    return !"#|>%@`\t".includes(character);
  }

  return {
    peek() {
      scanMore();
      return tokens[0] ?? { kind: "end", mark: markOf(cursor) };
    },
    skip() {
      tokens.shift();
      taken++;
    },
  };
}
