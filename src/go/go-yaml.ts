import { Composer, type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type ParsedNode, Parser, type Scalar } from "yaml";
import { bad, ok, type Parsed } from "./parsed.ts";
import { decodeYaml } from "./yaml-decode.ts";
import { YamlFailure } from "./yaml-failure.ts";
import { findKey, findNode, findUnwritable } from "./yaml-find.ts";
import type { YamlNode, YamlPair } from "./yaml-node.ts";
import { jsonValue } from "./yaml-value.ts";

/** A place in a text, both counted from 1; columns in UTF-16 units. */
export type Position = { readonly line: number; readonly column: number };

type Reading = { readonly text: string; readonly lines: LineCounter; readonly anchors: Map<string, YamlNode> };

const MAX_DEPTH = 10_000;
const TOO_DEEP = `yaml: exceeded max depth of ${MAX_DEPTH}`;
const UNREADABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
/** Escapes of JSON, in a double-quoted text, that yaml.v2 refuses: surrogates even in pairs, and "\/". */
const REFUSED_ESCAPE = /(?<!\\)(?:\\\\)*\\(?:(\/)|u[dD][89a-fA-F])/;

/**
 * The JSON-like value of the first document, null if there is none: `yaml.YAMLToJSON` of sigs.k8s.io/yaml 1.6 (yaml.v2).
 * Its objects have no prototype; integers that a number does not hold are bigint.
 */
export function parseYaml(text: string): Parsed<unknown> {
  return guarded(() => jsonValue(decodeYaml(readSyntax(text, new LineCounter()))));
}

/** Where in the first document the value at a path of keys and list indexes begins; undefined if there is none. */
export function positionOf(text: string, path: readonly string[]): Position | undefined {
  const lines = new LineCounter();
  const found = guarded(() => ok(findNode(readSyntax(text, lines), path)));
  return found.ok && found.value !== undefined ? positionAt(lines, found.value.offset) : undefined;
}

/** Where the key at the end of such a path stands; undefined where it is no key of a mapping, but comes with a merge. */
export function keyPositionOf(text: string, path: readonly string[]): Position | undefined {
  const lines = new LineCounter();
  const found = guarded(() => ok(findKey(readSyntax(text, lines), path)));
  return found.ok && found.value !== undefined ? positionAt(lines, found.value.offset) : undefined;
}

/** Where the value or key stands for which `parseYaml` refuses a text without a place in its words. */
export function failurePosition(text: string): Position | undefined {
  const lines = new LineCounter();
  const offset = failureOffset(text, lines);
  return offset === undefined ? undefined : positionAt(lines, offset);
}

function failureOffset(text: string, lines: LineCounter): number | undefined {
  try {
    const root = readSyntax(text, lines);
    decodeYaml(root);
    return findUnwritable(root)?.offset;
  } catch (error) {
    if (error instanceof YamlFailure) return error.offset;
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function guarded<T>(read: () => Parsed<T>): Parsed<T> {
  try {
    return read();
  } catch (error) {
    if (error instanceof YamlFailure) return bad(error.message);
    // The only RangeError of the yaml package and of these files is a full stack.
    if (error instanceof RangeError) return bad(TOO_DEEP);
    throw error;
  }
}

function readSyntax(text: string, lines: LineCounter): YamlNode {
  const document = firstDocument(text, lines);
  const end = endOfRoot(document.contents, text);
  const error = document.errors.find(({ code, pos }) => code !== "UNEXPECTED_TOKEN" || pos[0] < end);
  if (UNREADABLE.test(text.slice(0, document.range[2]))) throw new YamlFailure("yaml: control characters are not allowed");
  if (error?.code === "RESOURCE_EXHAUSTION") throw new YamlFailure(TOO_DEEP);
  if (error !== undefined) throw syntaxFailure(lines, error.pos[0], error.message);
  return nodeOf(document.contents, { text, lines, anchors: new Map() }, 0);
}

/** Reads no further than the first document goes, as yaml.v2 does. */
function firstDocument(text: string, lines: LineCounter): Document.Parsed {
  const composer = new Composer({ schema: "failsafe", resolveKnownTags: false, uniqueKeys: false, strict: false });
  let begun = false;
  for (const token of new Parser(lines.addNewLine).parse(text)) {
    if (begun && (token.type === "document" || token.type === "directive")) break;
    for (const document of composer.next(token)) return document;
    if (begun && token.type === "doc-end") break;
    begun ||= token.type === "document";
  }
  for (const document of composer.end(true, text.length)) return document;
  throw new YamlFailure("yaml: unknown problem parsing YAML content");
}

/** Where tokens stop to be unexpected: yaml.v2 looks one past a root that is no block collection, and never at the rest. */
function endOfRoot(root: ParsedNode | null, text: string): number {
  if (root === null || isAlias(root) || ((isMap(root) || isSeq(root)) && root.flow !== true)) return Number.POSITIVE_INFINITY;
  const [start, end] = root.range;
  if (start === end) return Number.POSITIVE_INFINITY;
  const rest = text.slice(end).replace(/^(?:[ \n\r]|#.*)+/, "");
  return /^["'`@%\t&*!|>]/.test(rest) ? Number.POSITIVE_INFINITY : end;
}

/** The package's node as plain data, every alias bound to what its anchor stands for at that place. */
function nodeOf(parsed: ParsedNode | null, reading: Reading, depth: number): YamlNode {
  if (depth > MAX_DEPTH) throw new YamlFailure(TOO_DEEP);
  const { anchors } = reading;
  const offset = parsed?.range[0] ?? 0;
  if (parsed === null) return { kind: "scalar", offset, text: "", tag: undefined, implicit: true };
  if (isAlias(parsed)) {
    const target = anchors.get(parsed.source);
    if (target === undefined) throw new YamlFailure(`yaml: unknown anchor '${parsed.source}' referenced`, offset);
    return { kind: "alias", offset, name: parsed.source, target };
  }
  // A collection is filled only after its anchor is known: what it holds may refer to it.
  const remember = <T extends YamlNode>(node: T): T => {
    if (parsed.anchor !== undefined) anchors.set(parsed.anchor, node);
    return node;
  };
  if (isScalar(parsed)) return remember(scalarOf(parsed, reading));
  if (isSeq(parsed)) {
    const items: YamlNode[] = [];
    const list = remember({ kind: "list", offset, items });
    for (const item of parsed.items) items.push(nodeOf(item, reading, depth + 1));
    return list;
  }
  const pairs: YamlPair[] = [];
  const map = remember({ kind: "map", offset, pairs });
  for (const { key, value } of parsed.items) {
    pairs.push({ key: nodeOf(key, reading, depth + 1), value: nodeOf(value, reading, depth + 1) });
  }
  return map;
}

function scalarOf(parsed: Scalar.Parsed, { text, lines }: Reading): YamlNode {
  const [offset, end] = parsed.range;
  const refused = parsed.type === "QUOTE_DOUBLE" ? REFUSED_ESCAPE.exec(text.slice(offset, end)) : null;
  if (refused !== null) {
    const problem = refused[1] === "/" ? "unknown escape character" : "invalid Unicode character escape code";
    throw syntaxFailure(lines, offset, `found ${problem}`);
  }
  const implicit = parsed.tag === undefined && parsed.type === "PLAIN";
  // The yaml package ends a block scalar with a newline where the text itself ends without one.
  const isCutOff = parsed.type?.startsWith("BLOCK") === true && end === text.length && !/[\r\n]$/.test(text);
  const source = isCutOff ? parsed.source.replace(/\n$/, "") : parsed.source;
  return { kind: "scalar", offset, text: source, tag: parsed.tag, implicit };
}

function syntaxFailure(lines: LineCounter, offset: number, message: string): YamlFailure {
  const { line, column } = positionAt(lines, offset);
  return new YamlFailure(`yaml: line ${line}: column ${column}: ${message.split("\n", 1)[0]}`);
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}
