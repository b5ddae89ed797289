import {
  type Alias,
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Pair,
  type ParsedNode,
  Parser,
  type Scalar,
  type YAMLMap,
} from "yaml";
import { bad, type Parsed } from "./parsed.ts";
import { resolveScalar, type YamlScalar } from "./yaml-scalar.ts";
import { goSyntax, jsonValue, keyText, type YamlValue } from "./yaml-value.ts";

/** A place in a text, both counted from 1; columns in UTF-16 units. */
export type Position = { readonly line: number; readonly column: number };

type MapNode = YAMLMap<ParsedNode, ParsedNode | null>;
type MapPair = Pair<ParsedNode, ParsedNode | null>;
type Targets = ReadonlyMap<Alias, ParsedNode>;
type Syntax = { readonly root: ParsedNode | null; readonly lines: LineCounter; readonly targets: Targets };
/** What yaml.v2's decoder counts to refuse alias bombs, and the aliases it is inside of. */
type Decoding = { readonly targets: Targets; readonly open: Set<Alias>; decoded: number; aliased: number };

/** Stops a parse from any depth; never leaves this file. */
class YamlFailure extends Error {
  override readonly name = "YamlFailure";
}

const MAX_DEPTH = 10_000;
const TOO_DEEP = `yaml: exceeded max depth of ${MAX_DEPTH}`;
const MERGE_TAG = "tag:yaml.org,2002:merge";
const UNREADABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/u;
const SURROGATE_ESCAPE = /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/;

/** The JSON-like value of the first document: `yaml.YAMLToJSON` of sigs.k8s.io/yaml 1.6 (yaml.v2). No document is null. Objects have no prototype. */
export function parseYaml(text: string): Parsed<unknown> {
  return guarded(() => {
    const { root, targets } = readSyntax(text);
    return jsonValue(decode(root, { targets, open: new Set(), decoded: 1, aliased: 0 }, 0));
  });
}

/** Where in the first document the value at a path of keys and list indexes begins; undefined if there is none. */
export function positionOf(text: string, path: readonly string[]): Position | undefined {
  const found = guarded(() => {
    const { root, lines, targets } = readSyntax(text);
    let node: ParsedNode | null | undefined = root;
    for (const step of path) node = childOf(node, step, targets);
    return node ? { ok: true, value: positionAt(lines, node.range[0]) } : bad("");
  });
  return found.ok ? found.value : undefined;
}

function guarded<T>(read: () => Parsed<T>): Parsed<T> {
  try {
    return read();
  } catch (error) {
    if (error instanceof YamlFailure) return bad(error.message);
    if (error instanceof RangeError) return bad(TOO_DEEP);
    throw error;
  }
}

function readSyntax(text: string): Syntax {
  const lines = new LineCounter();
  const document = firstDocument(text, lines);
  const [error] = document.errors;
  if (UNREADABLE.test(text.slice(0, document.range[2]))) throw new YamlFailure("yaml: control characters are not allowed");
  if (error?.code === "RESOURCE_EXHAUSTION") throw new YamlFailure(TOO_DEEP);
  if (error !== undefined) throw syntaxFailure(lines, error.pos[0], error.message);
  const root = document.contents;
  const targets = new Map<Alias, ParsedNode>();
  if (text.includes("*")) bindAliases(root, new Map(), targets);
  if (text.includes("\\u")) refuseSurrogates(root, text, lines);
  return { root, lines, targets };
}

/** Reads no further than the first document ends, as yaml.v2 does. */
function firstDocument(text: string, lines: LineCounter): Document.Parsed {
  const composer = new Composer({ schema: "failsafe", resolveKnownTags: false, uniqueKeys: false, strict: false, logLevel: "silent" });
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

function syntaxFailure(lines: LineCounter, offset: number, message: string): YamlFailure {
  const { line, column } = positionAt(lines, offset);
  return new YamlFailure(`yaml: line ${line}: column ${column}: ${message.split("\n", 1)[0]}`);
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return line === 0 ? { line: 1, column: offset + 1 } : { line, column: col };
}

/** Every alias with the node its anchor stood for when the alias was met; a later anchor of the same name does not count. */
function bindAliases(node: ParsedNode | null, anchors: Map<string, ParsedNode>, targets: Map<Alias, ParsedNode>): void {
  if (node === null) return;
  if (isAlias(node)) {
    const target = anchors.get(node.source);
    if (target === undefined) throw new YamlFailure(`yaml: unknown anchor '${node.source}' referenced`);
    targets.set(node, target);
    return;
  }
  if (node.anchor !== undefined) anchors.set(node.anchor, node);
  for (const child of childrenOf(node)) bindAliases(child, anchors, targets);
}

/** yaml.v2 refuses escaped surrogates even in pairs, which makes some JSON no YAML. */
function refuseSurrogates(node: ParsedNode | null, text: string, lines: LineCounter): void {
  if (node === null) return;
  if (isScalar(node) && node.type === "QUOTE_DOUBLE" && SURROGATE_ESCAPE.test(text.slice(node.range[0], node.range[1]))) {
    throw syntaxFailure(lines, node.range[0], "found invalid Unicode character escape code");
  }
  for (const child of childrenOf(node)) refuseSurrogates(child, text, lines);
}

function childrenOf(node: ParsedNode): ReadonlyArray<ParsedNode | null> {
  if (isMap(node)) return pairsOf(node).flatMap(({ key, value }) => [key, value]);
  return isSeq(node) ? itemsOf(node) : [];
}
