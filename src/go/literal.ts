const ESCAPES: Readonly<Record<string, number>> = {
  a: 0x07,
  b: 0x08,
  f: 0x0c,
  n: 0x0a,
  r: 0x0d,
  t: 0x09,
  v: 0x0b,
  "\\": 0x5c,
};
const ESCAPED: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\x07": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const TO_ESCAPE = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;
const ONE_CHARACTER = /^[^\n\\']?$/u;

/** Fast path: a literal that is also JSON with the same meaning, as nearly every label and annotation is. */
function jsonString(literal: string): string | undefined {
  if (literal.includes("\\u") || literal.includes("\\/")) return undefined;
  try {
    const value: unknown = JSON.parse(literal);
    return typeof value === "string" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the string of a Go literal ("…", `…` or one character in '…'); undefined for any other text: `strconv.Unquote`. */
export function unquote(text: string): string | undefined {
  const quoteMark = text[0];
  if (text.length < 2 || !text.endsWith(quoteMark ?? "")) return undefined;
  const inside = text.slice(1, -1);
  if (quoteMark === "`") return inside.includes("`") ? undefined : inside.replaceAll("\r", "");
  if (quoteMark === "'" && ONE_CHARACTER.test(inside)) return inside;
  if (quoteMark !== '"' && quoteMark !== "'") return undefined;
  const asJson = quoteMark === '"' ? jsonString(text) : undefined;
  return asJson ?? decodeInside(inside, quoteMark);
}

function decodeInside(inside: string, quoteMark: string): string | undefined {
  const bytes: number[] = [];
  let characters = 0;
  for (let at = 0; at < inside.length; characters++) {
    const character = characterAt(inside, at, quoteMark);
    if (character === undefined) return undefined;
    if (character.isByte) bytes.push(character.value);
    else pushUtf8(bytes, character.value);
    at += character.length;
  }
  if (quoteMark === "'" && characters !== 1) return undefined;
  return decodeUtf8(new Uint8Array(bytes));
}

/** Formats a Go string literal: `strconv.Quote` and `%q`. Unicode categories decide which characters are printable. */
export function quote(text: string): string {
  return `"${text.toWellFormed().replace(TO_ESCAPE, escapeOf)}"`;
}

/** Decodes bytes by Go's rule: each byte that is not part of valid UTF-8 becomes one U+FFFD. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return decodeBroken(bytes);
  }
}

type Character = { readonly value: number; readonly length: number; readonly isByte: boolean };

/** Returns the character or escape at an offset inside a quoted literal: `strconv.UnquoteChar`. */
function characterAt(text: string, at: number, quoteMark: string): Character | undefined {
  const value = text.codePointAt(at) ?? 0;
  const first = text[at] ?? "";
  if (first === quoteMark || first === "\n") return undefined;
  if (first !== "\\") return { value, length: value > 0xffff ? 2 : 1, isByte: false };

  const letter = text[at + 1] ?? "";
  if (letter === quoteMark) return { value: letter.charCodeAt(0), length: 2, isByte: false };
  const simple = ESCAPES[letter];
  if (simple !== undefined) return { value: simple, length: 2, isByte: false };
  const width = HEX_DIGITS[letter];
  if (width !== undefined) return hexEscape(text.slice(at + 2, at + 2 + width), width);
  const octal = text.slice(at + 1, at + 4);
  return /^[0-3][0-7]{2}$/.test(octal) ? { value: Number.parseInt(octal, 8), length: 4, isByte: true } : undefined;
}

function hexEscape(digits: string, width: number): Character | undefined {
  if (digits.length !== width || !/^[0-9a-fA-F]+$/.test(digits)) return undefined;
  const value = Number.parseInt(digits, 16);
  if (value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff)) return undefined;
  return { value, length: width + 2, isByte: width === 2 };
}

function pushUtf8(bytes: number[], codePoint: number): void {
  if (codePoint < 0x80) bytes.push(codePoint);
  else for (const byte of new TextEncoder().encode(String.fromCodePoint(codePoint))) bytes.push(byte);
}

function escapeOf(character: string): string {
  const known = ESCAPED[character];
  if (known !== undefined) return known;
  const value = character.codePointAt(0) ?? 0;
  if (value < 0x80) return `\\x${value.toString(16).padStart(2, "0")}`;
  if (value < 0x10000) return `\\u${value.toString(16).padStart(4, "0")}`;
  return `\\U${value.toString(16).padStart(8, "0")}`;
}

function decodeBroken(bytes: Uint8Array): string {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let whole = 0;
  for (let at = 0; at < bytes.length; ) {
    const width = utf8LengthAt(bytes, at);
    if (width === 0) {
      text += `${decoder.decode(bytes.subarray(whole, at))}\ufffd`;
      whole = at + 1;
    }
    at += Math.max(width, 1);
  }
  return text + decoder.decode(bytes.subarray(whole));
}

/** Returns the length of the valid UTF-8 sequence at an offset; 0 if there is none (RFC 3629, table of section 4). */
function utf8LengthAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const width = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1] ?? 0;
  if (second < low || second > high) return 0;
  for (let next = at + 2; next < at + width; next++) {
    if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return 0;
  }
  return width;
}
