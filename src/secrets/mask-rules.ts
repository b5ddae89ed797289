import { readBlock } from "./loose-block.ts";
import { type ListPart, type MapPart, type Part, readFlow, type ScalarPart } from "./loose-flow.ts";
import { isHarmless, isProse, type Secrecy, secrecyOf } from "./secret-names.ts";
import { maskShapes } from "./secret-shapes.ts";

export const MASK = "***";

/** Masks the secrets in a sentence: by the structure of quoted documents, by names in front of values, and by known formats. */
export function maskText(text: string): string {
  return maskShapes(maskNamedValues(maskFragments(text)));
}

/** Masks the secrets in a JSON or YAML document and leaves the rest unchanged. */
export function maskDocument(text: string): string {
  const root = /^\s*[{[]/.test(text) ? readFlow(text, 0) : readBlock(text);
  return root === undefined ? maskText(text) : maskShapes(applyEdits(text, editsOf(root, "open", [])));
}

type Edit = { readonly start: number; readonly end: number; readonly text: string };

const ATTEMPTS = 1_000;

/** Masks the JSON and flow YAML inside a text. */
function maskFragments(text: string): string {
  const edits: Edit[] = [];
  let attempts = 0;
  for (let at = nextBracket(text, 0); at >= 0 && attempts < ATTEMPTS; attempts++) {
    const part = readFlow(text, at);
    if (part !== undefined) editsOf(part, "open", edits);
    at = nextBracket(text, part === undefined ? at + 1 : Math.max(part.end, at + 1));
  }
  return applyEdits(text, edits);
}

function nextBracket(text: string, from: number): number {
  const found = /[{[]/g;
  found.lastIndex = from;
  return found.exec(text)?.index ?? -1;
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let result = "";
  let at = 0;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    if (edit.start < at) continue;
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}

/** Members of a secret that only hold its name or location. */
const PUBLIC_MEMBERS: ReadonlySet<string> = new Set(
  [
    "name",
    "namespace",
    "key",
    "kind",
    "type",
    "@type",
    "filename",
    "path",
    "ttl",
    "timeout",
    "environment_variable",
    "watched_directory",
  ].concat(["sds_config", "sdsConfig", "cluster", "cluster_name", "append_action", "header_name", "provider_name"]),
);
/** Members that hold the value in an entry with a name, such as a header or variable. */
const VALUE_MEMBERS: ReadonlySet<string> = new Set(
  ["value", "values", "raw_value", "rawValue", "header_value", "exact_match", "prefix_match", "suffix_match", "contains_match"].concat([
    "string_match",
    "default",
  ]),
);
const NAMES: ReadonlySet<string> = new Set(["key", "name", "header", "header_name", "headerName"]);

function editsOf(part: Part, secrecy: Secrecy, edits: Edit[], isInList = false): Edit[] {
  if (part.kind === "scalar") editScalar(part, secrecy, edits);
  else if (part.kind === "list") editList(part, secrecy, edits, isInList);
  else editMap(part, secrecy, edits);
  return edits;
}

/** A list may hold a flag followed by its value, or a name followed by its value. */
function editList({ items }: ListPart, secrecy: Secrecy, edits: Edit[], isInList: boolean): void {
  for (const [at, item] of items.entries()) {
    const before = items[at - 1];
    const name = before?.kind === "scalar" && (/^--?[\w-]+$/.test(before.text) || (isInList && items.length === 2)) ? before.text : "";
    const own = secrecyOf(name);
    const inherited = item.kind === "map" && secrecy !== "secret" ? "open" : secrecy;
    editsOf(item, inherited === "open" && own !== "open" && item.kind === "scalar" ? own : inherited, edits, true);
  }
}

/** The private members of a JSON Web Key. */
const PRIVATE_JWK_MEMBERS: ReadonlySet<string> = new Set(["d", "p", "q", "dp", "dq", "qi", "k", "oth"]);

function editMap({ members }: MapPart, secrecy: Secrecy, edits: Edit[]): void {
  const isNamed = members.some(({ name, value }) => NAMES.has(name) && value.kind === "scalar" && secrecyOf(value.text) !== "open");
  const isKey = members.some(({ name }) => name === "kty");
  for (const { name, value } of members) {
    const own = (isNamed && VALUE_MEMBERS.has(name)) || (isKey && PRIVATE_JWK_MEMBERS.has(name)) ? "secret" : secrecyOf(name);
    const isBelow = (secrecy === "secret" || (secrecy === "secrets" && value.kind === "scalar")) && !PUBLIC_MEMBERS.has(name);
    editsOf(value, own === "open" && isBelow ? secrecy : own, edits);
  }
}

function editScalar({ start, end, text, quote }: ScalarPart, secrecy: Secrecy, edits: Edit[]): void {
  if (secrecy !== "open") {
    if (!isHarmless(text, secrecy)) edits.push({ start, end, text: quote === "|" ? MASK : `${quote || '"'}${MASK}${quote || '"'}` });
    return;
  }
  if (quote === "") return;
  // A scalar may contain another document, a block scalar in particular.
  const masked = maskText(text);
  if (masked === text) return;
  const written = quote === '"' ? JSON.stringify(masked) : quote === "'" ? `'${masked.replaceAll("'", "''")}'` : masked.trimStart();
  edits.push({ start, end, text: written });
}

const QUOTED_NAME =
  /(?<=(?:^|[{,[(]|\\[nrt])[ \t]*(?:- +)*)(\\*)(["'])([A-Za-z_@:][^"'\\\n]{0,200}?)\1\2([ \t]*:\s*)(?:(\\*)(["'])((?:(?!\5\6)[\s\S])*)(\5\6|$)|([^\s,}\]"'\\{[]+))/gm;
const FLAG = /(?<!\S)(--?[A-Za-z][\w-]*)([ \t]+(?:with[ \t]+)?)("(?:[^"\\]|\\.)*"?|'[^']*'?|[\w$+/.][^\s"']*)(?=([ \t]+[a-z]*)?)/g;
const PLAIN_NAME = /(?:(?<![\w./@$%-])|(?<=\\u0026))(-{0,2})([A-Za-z_:][\w.-]*)([ \t]*=[ \t]*|[ \t]*:[ \t]*)(?=\S)/g;

/** Masks values after their names outside of documents: headers, variables, flags, pairs, and documents that are truncated or escaped. */
function maskNamedValues(text: string): string {
  const quoted = text.replace(QUOTED_NAME, (all, _escape, _quote, name: string, ...rest: (string | undefined)[]) => {
    const secrecy = secrecyOf(name);
    const [colon = "", slashes = "", quote = "", value = "", close = "", plain] = rest;
    if (secrecy === "open" || isHarmless(plain ?? value, secrecy)) return all;
    const head = all.slice(0, all.length - (plain ?? `${slashes}${quote}${value}${close}`).length);
    return colon === "" ? all : `${head}${plain === undefined ? `${slashes}${quote}${MASK}${close}` : `"${MASK}"`}`;
  });
  const flagged = quoted.replace(FLAG, (all, name: string, blank: string, value: string, next: string | undefined) => {
    const secrecy = secrecyOf(name);
    if (secrecy === "open" || isHarmless(unquoted(value), secrecy) || isFollowedByWord(value, next)) return all;
    return `${name}${blank}${MASK}`;
  });
  return maskPlainNames(flagged);
}

function maskPlainNames(text: string): string {
  let result = "";
  let done = 0;
  for (const found of text.matchAll(PLAIN_NAME)) {
    const [all, , name = "", mark = ""] = found;
    if (found.index < done) continue;
    const secrecy = secrecyOf(name);
    if (secrecy === "open") continue;
    const start = found.index + all.length;
    const length = mark.includes("=") ? assignedLength(text, start) : fieldLength(text, found.index, start, name, mark);
    const value = text.slice(start, start + length);
    if (length === 0 || isHarmless(unquoted(value), secrecy) || value.startsWith("//") || isMasked(text, start)) continue;
    const isYaml = !mark.includes("=") && /\s$/.test(mark) && !/^["'`]$/.test(text[found.index - 1] ?? "");
    result += text.slice(done, start) + (isYaml ? `"${MASK}"` : MASK);
    done = start + length;
  }
  return result + text.slice(done);
}

/** Returns whether a mask starts at an offset, possibly after a header's scheme. */
function isMasked(text: string, start: number): boolean {
  return match(/(?:[A-Za-z]+ +)?\\*["']?\*{3}/y, text, start) !== "";
}

/** Returns the length of the value in `name=value`: up to a blank, a quote or a separator. */
function assignedLength(text: string, start: number): number {
  return match(/"(?:[^"\\]|\\.)*"?|'[^']*'?|(?:[^\s&;"'<>,)\]}\\]|,(?![\w.-]+=))+/y, text, start).length;
}

/**
 * Returns the length of the value in `name: value`. A line, header or member counts always; inside a sentence only a value that does not
 * read like prose.
 */
function fieldLength(text: string, at: number, start: number, name: string, mark: string): number {
  const before = text[at - 1] ?? "\n";
  if (before === '"' || before === "'" || before === "`") return match(new RegExp(`[^${before}\\n\\\\]*`, "y"), text, start).length;
  const quoted = match(/"(?:[^"\\]|\\.)*"?|'[^']*'?/y, text, start);
  const lineStart = text.lastIndexOf("\n", at - 1) + 1;
  if (/^[ \t]*(?:[->] *)*$/.test(text.slice(lineStart, at))) {
    if (mark.trimEnd() === mark) return match(/[^\s,;}\])"']+/y, text, start).length;
    return quoted === "" ? match(/[^\n\r]*?(?=[ \t]*(?:[ \t]#.*)?[\r\n]|[ \t]*(?:[ \t]#.*)?$)/y, text, start).length : quoted.length;
  }
  const previous = text.slice(lineStart, at).trimEnd().at(-1) ?? "";
  const word = quoted || match(/[^\s,;}\])"']+/y, text, start);
  if ("{[,(&?;".includes(previous)) return quoted === "" ? match(/[^,;}\])\n"']+/y, text, start).trimEnd().length : word.length;
  if (mark.trimEnd() === mark) return /^[0-9]{1,5}$|^\/\//.test(word) ? 0 : word.length;
  const isPartOfSentence =
    isProse(name) || (!/passw|passphrase|pwd/i.test(name) && isFollowedByWord(word, match(/[ \t]+[A-Za-z]*/y, text, start + word.length)));
  return isPartOfSentence ? 0 : word.length;
}

/** Returns whether a value in a sentence is just its next word: only letters, followed by more words. */
function isFollowedByWord(value: string, next: string | undefined): boolean {
  return /^(?:[A-Z]?[a-z']+|[a-z]+:)$/.test(value) && next !== undefined && /[a-z]/i.test(next);
}

function unquoted(value: string): string {
  return value.replace(/^(["'])([\s\S]*?)\1?$/, "$2");
}

function match(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}
