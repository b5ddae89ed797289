/** A value in a text and its position; a scalar's text has no quotes or escapes. */
export type Part = ScalarPart | ListPart | MapPart;
export type ScalarPart = {
  readonly kind: "scalar";
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly quote: "" | '"' | "'" | "|";
};
export type ListPart = { readonly kind: "list"; readonly end: number; readonly items: Part[] };
export type MapPart = { readonly kind: "map"; readonly end: number; readonly members: { readonly name: string; readonly value: Part }[] };

/** Deeper values are not read. */
export const MAX_DEPTH = 100;

/**
 * Reads JSON or flow YAML from an offset as far as it goes; a truncated document counts as closed. Returns undefined for anything else,
 * such as a sentence in brackets. Only for finding secrets: it accepts invalid documents.
 */
export function readFlow(text: string, at: number, depth = 0): Part | undefined {
  const start = skipBlanks(text, at);
  const first = text[start];
  if (depth > MAX_DEPTH) return undefined;
  if (first === "{") return readFlowMap(text, start + 1, depth);
  if (first === "[") return readFlowList(text, start + 1, depth);
  if (first === '"' || first === "'") return readQuoted(text, start, first);
  PLAIN.lastIndex = start;
  const [found = ""] = PLAIN.exec(text) ?? [];
  const plain = found.trimEnd();
  return { kind: "scalar", start, end: start + plain.length, text: plain, quote: "" };
}

const PLAIN = /[^,{}[\]\n]*/y;
const NAME = /[^\s,{}[\]"':][^,{}[\]":\n]{0,200}?(?=\s*:)/y;

function readFlowMap(text: string, from: number, depth: number): MapPart | undefined {
  const members: MapPart["members"] = [];
  for (let at = skipBlanks(text, from); ; ) {
    if (at >= text.length || text[at] === "}") return { kind: "map", end: Math.min(at + 1, text.length), members };
    let name: string;
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const read = readQuoted(text, at, quote);
      name = read.text;
      at = read.end;
    } else {
      NAME.lastIndex = at;
      const [found] = NAME.exec(text) ?? [];
      if (found === undefined) return undefined;
      name = found;
      at += found.length;
    }
    at = skipBlanks(text, at);
    if (at >= text.length) return { kind: "map", end: text.length, members };
    if (text[at] !== ":") return undefined;
    const value = readFlow(text, at + 1, depth + 1);
    if (value === undefined) return undefined;
    members.push({ name, value });
    at = skipBlanks(text, value.end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
    else if (at < text.length && text[at] !== "}") return undefined;
  }
}

function readFlowList(text: string, from: number, depth: number): ListPart | undefined {
  const items: Part[] = [];
  for (let at = skipBlanks(text, from); ; ) {
    if (at >= text.length || text[at] === "]") return { kind: "list", end: Math.min(at + 1, text.length), items };
    const item = readFlow(text, at, depth + 1);
    if (item === undefined) return undefined;
    items.push(item);
    at = skipBlanks(text, item.end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
    else if (at < text.length && text[at] !== "]") return undefined;
  }
}

const DOUBLE = /"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)/y;
const SINGLE = /'(?:[^']|'')*(?:'|$)/y;

function readQuoted(text: string, start: number, quote: '"' | "'"): ScalarPart {
  const pattern = quote === '"' ? DOUBLE : SINGLE;
  pattern.lastIndex = start;
  const [found = quote] = pattern.exec(text) ?? [];
  const inner = found.slice(1, found.length > 1 && found.endsWith(quote) ? -1 : undefined);
  return {
    kind: "scalar",
    start,
    end: start + found.length,
    text: quote === '"' ? resolveEscapes(inner) : inner.replaceAll("''", "'"),
    quote,
  };
}

/** Resolves JSON escapes and folds line breaks as YAML does. */
function resolveEscapes(inner: string): string {
  const folded = inner.includes("\n") ? inner.replace(/(?<!\\)((?:\\\\)*)\\\r?\n[ \t]*/g, "$1").replace(/[ \t]*\r?\n[ \t]*/g, " ") : inner;
  try {
    return String(JSON.parse(`"${folded}"`));
  } catch {
    return folded.replace(/\\(["\\/ ])/g, "$1");
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text[at] ?? "")) at++;
  return at;
}
