// biome-ignore-all lint/suspicious/noControlCharactersInRegex: JSON refuses control characters in texts
import { excerpt } from "./display-text.ts";
import { type Position, positionAtOffset } from "./text-position.ts";

// The runtime's JSON parser does not report where a text is invalid, and the YAML parser accepts texts that JSON does not allow.

const BLANK = /[ \t\r\n]*/y;
const SCALAR = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const TEXT = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** Maximum length of the excerpt shown. */
const MAX_EXCERPT = 24;

/** What JSON allows at a position, as messages name it, with Go's description of an invalid character there. */
const GO_CONTEXTS = {
  value: "looking for beginning of value",
  "value or ]": "looking for beginning of value",
  key: "looking for beginning of object key string",
  "key or }": "looking for beginning of object key string",
  ":": "after object key",
  ", or ]": "after array element",
  ", or }": "after object key:value pair",
  end: "after top-level value",
} as const;

type Expected = keyof typeof GO_CONTEXTS;

/** Where a text stops being JSON, and what was expected there. */
interface JsonFault extends Position {
  readonly expected: Expected;
}

/** Returns where a text stops being JSON, for a message: the position, what was expected, what was found, and Go's error. */
export function jsonFaultText(text: string): string {
  const fault = jsonFault(text);
  if (fault === undefined) return "it is not JSON";
  const { line, column, expected } = fault;
  const rest = text
    .split("\n")
    .slice(line - 1)
    .join("\n")
    .slice(column - 1);
  const place = `line ${line}, column ${column}: expected ${rest === "" ? `${expected}, but the text ends` : expected}`;
  if (rest === "") {
    const before = text === "" ? "" : ` behind ${excerpt(text.slice(-MAX_EXCERPT), MAX_EXCERPT, text)}`;
    return `${place}${before} (unexpected end of JSON input)`;
  }
  const character = rest[0] ?? "";
  const go = isFirstCharacterReported(character, expected) ? ` (invalid character '${character}' ${GO_CONTEXTS[expected]})` : "";
  return `${place}, found ${excerpt(rest, MAX_EXCERPT, text)}${go}`;
}

/** Returns whether Go's message names the first character: not if Go would have read into a number, literal or string that starts there. */
function isFirstCharacterReported(character: string, expected: Expected): boolean {
  if (/["\s\\\p{Cc}]/u.test(character)) return false;
  return !((expected === "value" || expected === "value or ]") && /[-\dtfn]/.test(character));
}

/** Returns where a text stops being JSON; undefined for valid JSON. */
export function jsonFault(text: string): JsonFault | undefined {
  const open: Bracket[] = [];
  let expected: Expected = "value";
  for (let at = 0; ; ) {
    at += lengthAt(BLANK, text, at);
    if (at >= text.length && expected === "end") return undefined;
    const token = tokenAt(text, at, expected, open);
    if (token === undefined) return { ...positionAtOffset(text, at), expected };
    at += token.length;
    expected = token.next;
  }
}

type Bracket = "[" | "{";

interface Token {
  readonly length: number;
  /** What may follow it. */
  readonly next: Expected;
}

/** Returns the token at an offset if it is expected there; `open` holds the open brackets. */
function tokenAt(text: string, at: number, expected: Expected, open: Bracket[]): Token | undefined {
  const character = text[at];
  switch (expected) {
    case "value":
      return valueAt(text, at, open);
    case "value or ]":
      return character === "]" ? close(open) : valueAt(text, at, open);
    case "key":
      return scalarAt(TEXT, text, at, ":");
    case "key or }":
      return character === "}" ? close(open) : scalarAt(TEXT, text, at, ":");
    case ":":
      return character === ":" ? { length: 1, next: "value" } : undefined;
    case ", or ]":
      if (character === "]") return close(open);
      return character === "," ? { length: 1, next: "value" } : undefined;
    case ", or }":
      if (character === "}") return close(open);
      return character === "," ? { length: 1, next: "key" } : undefined;
    case "end":
      return undefined;
  }
}

function valueAt(text: string, at: number, open: Bracket[]): Token | undefined {
  const character = text[at];
  if (character !== "{" && character !== "[") return scalarAt(SCALAR, text, at, afterValue(open));
  open.push(character);
  return { length: 1, next: character === "{" ? "key or }" : "value or ]" };
}

function close(open: Bracket[]): Token {
  open.pop();
  return { length: 1, next: afterValue(open) };
}

function afterValue(open: readonly Bracket[]): Expected {
  switch (open.at(-1)) {
    case "[":
      return ", or ]";
    case "{":
      return ", or }";
    default:
      return "end";
  }
}

function scalarAt(pattern: RegExp, text: string, at: number, next: Expected): Token | undefined {
  const length = lengthAt(pattern, text, at);
  return length === 0 ? undefined : { length, next };
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}
