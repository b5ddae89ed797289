// biome-ignore-all lint/suspicious/noControlCharactersInRegex: JSON refuses control characters in texts
import { excerpt } from "./shown.ts";

const BLANK = /[ \t\r\n]*/y;
const SCALAR = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const TEXT = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** How much is shown of what stands in the wrong place. */
const LONGEST = 24;

/** What a scan expects next. */
type Expects = "value" | "value or ]" | "key" | "key or }" | ":" | ", or ]" | ", or }" | "end";

/** Where a text stops being JSON, in words: the place, what should stand there and what does, and what Go says of it. */
export function jsonFaultWords(text: string): string {
  const fault = jsonFault(text);
  if (fault === undefined) return "it is not JSON";
  const { line, column, expected } = fault;
  const rest = text
    .split("\n")
    .slice(line - 1)
    .join("\n")
    .slice(column - 1);
  const place = `line ${line}, column ${column}: expected ${expected}`;
  if (rest === "")
    return `${place}${text === "" ? "" : ` behind ${excerpt(text.slice(-LONGEST), LONGEST, text)}`} (unexpected end of JSON input)`;
  const go = goWords(rest[0] ?? "", expected);
  return `${place}, found ${excerpt(rest, LONGEST, text)}${go === undefined ? "" : ` (invalid character '${rest[0]}' ${go})`}`;
}

/** What Go expects at such a place; not said where it would have read into the number, literal or text that begins there. */
function goWords(character: string, expected: string): string | undefined {
  if (/["\s\\\p{Cc}]/u.test(character) || (expected.startsWith("value") && /[-\dtfn]/.test(character))) return undefined;
  if (expected.startsWith("value")) return "looking for beginning of value";
  if (expected.startsWith("key")) return "looking for beginning of object key string";
  if (expected === ":") return "after object key";
  if (expected === "end") return "after top-level value";
  return expected === ", or ]" ? "after array element" : "after object key:value pair";
}

/** Where a text stops being JSON: line and column from 1, and what should stand there. Undefined for JSON. */
export function jsonFault(text: string): { readonly line: number; readonly column: number; readonly expected: string } | undefined {
  const nesting: ("]" | "}")[] = [];
  let expects: Expects = "value";
  for (let at = 0; ; ) {
    at += lengthAt(BLANK, text, at);
    const step: Step | undefined = stepAt(text, at, expects, nesting);
    if (step === undefined) return { ...positionOf(text, at), expected: at >= text.length ? `${expects}, but the text ends` : expects };
    if (step.length === 0) return undefined;
    at += step.length;
    expects = step.next;
  }
}

interface Step {
  readonly length: number;
  readonly next: Expects;
}

function stepAt(text: string, at: number, expects: Expects, nesting: ("]" | "}")[]): Step | undefined {
  const character = text[at];
  const after = (): Expects => (nesting.length === 0 ? "end" : nesting.at(-1) === "]" ? ", or ]" : ", or }");
  if (character === undefined) return expects === "end" ? { length: 0, next: "end" } : undefined;
  if (character === nesting.at(-1) && expects.endsWith(`or ${character}`)) {
    nesting.pop();
    return { length: 1, next: after() };
  }
  if (expects.startsWith(",")) return character === "," ? { length: 1, next: nesting.at(-1) === "]" ? "value" : "key" } : undefined;
  if (expects === ":") return character === ":" ? { length: 1, next: "value" } : undefined;
  if (expects.startsWith("key")) return scalar(TEXT, text, at, ":");
  if (!expects.startsWith("value")) return undefined;
  if (character === "{" || character === "[") {
    nesting.push(character === "{" ? "}" : "]");
    return { length: 1, next: character === "{" ? "key or }" : "value or ]" };
  }
  return scalar(SCALAR, text, at, after());
}

function scalar(pattern: RegExp, text: string, at: number, next: Expects): Step | undefined {
  const length = lengthAt(pattern, text, at);
  return length === 0 ? undefined : { length, next };
}

function lengthAt(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0].length ?? 0;
}

function positionOf(text: string, at: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1) ?? "").length + 1 };
}
