// Writes YAML that readers of YAML 1.1 and 1.2 understand alike: a text is plain only if no reader could take it for something else.

const INDENT = 2;
/** A colon must follow a key within 1024 characters; a longer one needs a question mark. */
const LONGEST_KEY = 900;
const WORD = /^[A-Za-z_/](?:[\w./@%+=~-]|[ ](?=[\w./@%+=~-])|:(?=[\w/]))*$/;
/** Texts that are something else in YAML 1.1 or 1.2. */
const KEYWORD = /^(?:y|n|yes|no|on|off|true|false|null|undefined)$/i;
/** Characters that a person does not see, among them line breaks of YAML, and the two that end or escape a quoted text. */
const ESCAPED = /["\\\p{C}\p{Zl}\p{Zp}\u00a0]/u;
/** Lines that a literal block shows as they are. */
const LITERAL = /^(?:\n|[^\p{C}\p{Zl}\p{Zp}\u00a0])*$/u;

/** Returns a JSON value as YAML. Integers may be bigint; the members of objects keep their order. */
export function yamlText(value: unknown): string {
  return `${nodeText(value, 0).replace(/^\n/, "")}\n`;
}

/** Returns a node after `key:` or `-`: on the same line after a blank, or on the lines below after a line break. */
function nodeText(value: unknown, indent: number): string {
  if (Array.isArray(value)) return value.length === 0 ? " []" : listText(value, indent);
  if (typeof value === "object" && value !== null) return Object.keys(value).length === 0 ? " {}" : mapText(value, indent);
  return indent === 0 ? scalarText(value, INDENT) : ` ${scalarText(value, indent)}`;
}

function listText(items: readonly unknown[], indent: number): string {
  const pad = " ".repeat(indent);
  return items.map((item) => `\n${pad}-${inItem(nodeText(item, indent + INDENT))}`).join("");
}

/** Moves a collection to the line of its dash. */
function inItem(text: string): string {
  return text.startsWith("\n") ? ` ${text.trimStart()}` : text;
}

function mapText(map: object, indent: number): string {
  const pad = " ".repeat(indent);
  return Object.entries(map)
    .map(([key, value]) => {
      const name = isPlain(key) ? key : quoted(key);
      // A list starts in the column of its key.
      const node = nodeText(value, Array.isArray(value) ? Math.max(indent, 0) : indent + INDENT);
      const text = node.startsWith("\n") || node.startsWith(" ") ? node : ` ${node}`;
      return name.length > LONGEST_KEY ? `\n${pad}? ${name}\n${pad}:${text}` : `\n${pad}${name}:${text}`;
    })
    .join("");
}

function scalarText(value: unknown, indent: number): string {
  if (typeof value === "number") return numberText(value);
  if (typeof value !== "string") return String(value);
  if (isPlain(value)) return value;
  return isBlock(value) ? blockText(value, indent) : quoted(value);
}

/** Returns a number that YAML 1.1 reads as one, too: with a dot before an exponent. */
function numberText(value: number): string {
  if (Object.is(value, -0)) return "-0.0";
  return String(value).replace(/^(-?\d+)e/, "$1.0e");
}

function isPlain(text: string): boolean {
  return text.length <= 200 && WORD.test(text) && !KEYWORD.test(text);
}

/** Reports whether a text of several lines can be shown as they are. */
function isBlock(text: string): boolean {
  return /[^\n]\n[^\n]/.test(text) && !/^[ \n]|\n\n$/.test(text) && LITERAL.test(text);
}

function blockText(text: string, indent: number): string {
  const pad = " ".repeat(Math.max(indent, INDENT));
  const ends = text.endsWith("\n");
  const lines = (ends ? text.slice(0, -1) : text).split("\n").map((line) => (line === "" ? "" : `${pad}${line}`));
  return `${ends ? "|" : "|-"}\n${lines.join("\n")}`;
}

/** Returns a text in double quotes, on one line. */
function quoted(text: string): string {
  let result = "";
  for (const character of text) result += ESCAPED.test(character) ? escaped(character) : character;
  return `"${result}"`;
}

const NAMED: Readonly<Record<string, string>> = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  // YAML has no halves of pairs.
  if (code >= 0xd800 && code <= 0xdfff) return "\\ufffd";
  if (code > 0xffff) return `\\U${code.toString(16).padStart(8, "0")}`;
  return NAMED[character] ?? `\\u${code.toString(16).padStart(4, "0")}`;
}
