import { isHarmless, isProse, MASK, secrecyOf } from "./secret-names.ts";

const QUOTED_NAME =
  /(?<=(?:^|[{,[(]|\\[nrt])[ \t]*(?:- +)*)(\\*)(["'])([A-Za-z_@:][^"'\\\n]{0,200}?)\1\2([ \t]*:\s*)(?:(\\*)(["'])((?:(?!\5\6)[\s\S])*)(\5\6|$)|([^\s,}\]"'\\{[]+))/gm;
const FLAG = /(?<!\S)(--?[A-Za-z][\w-]*)([ \t]+(?:with[ \t]+)?)("(?:[^"\\]|\\.)*"?|'[^']*'?|[\w$+/.][^\s"']*)(?=([ \t]+[a-z]*)?)/g;
const PLAIN_NAME = /(?:(?<![\w./@$%-])|(?<=\\u0026))(-{0,2})([A-Za-z_:][\w.-]*)([ \t]*=[ \t]*|[ \t]*:[ \t]*)(?=\S)/g;

/** Masks values after their names outside of documents: headers, variables, flags, pairs, and documents that are truncated or escaped. */
export function maskNamedValues(text: string): string {
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
