// biome-ignore-all lint/suspicious/noControlCharactersInRegex: JSON refuses control characters in texts
const BLANK = /[ \t\r\n]*/y;
const SCALAR = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
const TEXT = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** What a scan expects next. */
type Expects = "value" | "value or ]" | "key" | "key or }" | ":" | ", or ]" | ", or }" | "end";

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
