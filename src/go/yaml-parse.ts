import { failure, type Mark } from "./yaml-cursor.ts";
import { YamlFailure } from "./yaml-failure.ts";
import type { YamlNode, YamlPair } from "./yaml-node.ts";
import { type Scanner, scannerOf, type Token } from "./yaml-scan.ts";

type Kind = Token["kind"];
type Properties = { readonly anchor?: string; readonly tag: string };
type Reading = Scanner & { readonly anchors: Map<string, YamlNode>; readonly handles: Map<string, string> };

/** Parses the first document of a text as yaml.v2 does; undefined for a text without one. @throws YamlFailure */
export function parseSyntax(text: string): YamlNode | undefined {
  const reading: Reading = { ...scannerOf(text), anchors: new Map(), handles: new Map() };
  const first = reading.peek();
  if (first.kind === "end") return undefined;
  const isExplicit = first.kind === "directive" || first.kind === "---";
  readDirectives(reading);
  const start = reading.peek();
  if (isExplicit) {
    if (start.kind !== "---") throw failure(start.mark, "did not find expected document start");
    reading.skip();
  }
  const isEmpty = isExplicit && ["directive", "---", "...", "end"].includes(reading.peek().kind);
  const root = isEmpty ? emptyNode(reading.peek().mark) : readNode(reading, true, false);
  // yaml.v2 reads one more token, but nothing after it.
  reading.peek();
  return root;
}

function readDirectives(reading: Reading): void {
  let version: string | undefined;
  for (let token = reading.peek(); token.kind === "directive"; token = reading.peek()) {
    const { directive, mark } = token;
    if ("version" in directive) {
      if (version !== undefined) throw failure(mark, "found duplicate %YAML directive");
      version = directive.version;
      if (version !== "1.1") throw failure(mark, "found incompatible YAML document");
    } else {
      if (reading.handles.has(directive.handle)) throw failure(mark, "found duplicate %TAG directive");
      reading.handles.set(directive.handle, directive.prefix);
    }
    reading.skip();
  }
  if (!reading.handles.has("!")) reading.handles.set("!", "!");
  if (!reading.handles.has("!!")) reading.handles.set("!!", "tag:yaml.org,2002:");
}

function emptyNode({ at }: Mark): YamlNode {
  return { kind: "scalar", offset: at, text: "", tag: undefined, implicit: true };
}

/** Reads a node; `inBlock`: block collections are allowed; `isBelowKey`: a list may start in the column of its key. */
function readNode(reading: Reading, inBlock: boolean, isBelowKey: boolean): YamlNode {
  const start = reading.peek();
  if (start.kind === "alias") {
    reading.skip();
    const target = reading.anchors.get(start.name);
    if (target === undefined) throw new YamlFailure(`yaml: unknown anchor '${start.name}' referenced`, start.mark.at);
    return { kind: "alias", offset: start.mark.at, name: start.name, target };
  }
  const properties = readProperties(reading);
  const token = reading.peek();
  const offset = token.mark.at;
  if (isBelowKey && token.kind === "-")
    return readList(reading, offset, properties, (list) => readItems(reading, list, ["-", "?", ":", "block-end"]));
  switch (token.kind) {
    case "scalar": {
      reading.skip();
      const { tag } = properties;
      const implicit = (tag === "" && token.isPlain) || tag === "!";
      return registerAnchor(reading, properties, { kind: "scalar", offset, text: token.text, tag: tag === "" ? undefined : tag, implicit });
    }
    case "[":
      return readList(reading, offset, properties, (list) => readFlowItems(reading, list));
    case "{":
      return readMap(reading, offset, properties, (pairs) => readFlowPairs(reading, pairs));
    case "list-start":
      if (inBlock) return readList(reading, offset, properties, (list) => readBlockItems(reading, list));
      break;
    case "map-start":
      if (inBlock) return readMap(reading, offset, properties, (pairs) => readBlockPairs(reading, pairs));
      break;
    default:
  }
  if (properties.anchor === undefined && properties.tag === "") throw failure(token.mark, "did not find expected node content");
  const { tag } = properties;
  return registerAnchor(reading, properties, { kind: "scalar", offset, text: "", tag: tag === "" ? undefined : tag, implicit: tag === "" });
}

/** Reads an anchor and a tag, in either order. */
function readProperties(reading: Reading): Properties {
  const first = reading.peek();
  if (first.kind !== "anchor" && first.kind !== "tag") return { tag: "" };
  reading.skip();
  const second = reading.peek();
  const hasBoth = (second.kind === "anchor" || second.kind === "tag") && second.kind !== first.kind;
  if (hasBoth) reading.skip();
  const given = hasBoth ? [first, second] : [first];
  let anchor: string | undefined;
  let tag: Extract<Token, { readonly kind: "tag" }> | undefined;
  for (const token of given) {
    if (token.kind === "tag") tag = token;
    else anchor = token.name;
  }
  return { ...(anchor === undefined ? {} : { anchor }), tag: tag === undefined ? "" : resolveTag(reading, tag) };
}

function resolveTag({ handles }: Reading, { tag, mark }: Extract<Token, { readonly kind: "tag" }>): string {
  if (tag.handle === "") return tag.suffix;
  const prefix = handles.get(tag.handle);
  if (prefix === undefined || prefix + tag.suffix === "") throw failure(mark, "found undefined tag handle");
  return prefix + tag.suffix;
}

/** Registers the anchor before the collection is filled, as its members may refer to it. */
function registerAnchor<Node extends YamlNode>({ anchors }: Reading, { anchor }: Properties, node: Node): Node {
  if (anchor !== undefined) anchors.set(anchor, node);
  return node;
}

function readList(reading: Reading, offset: number, properties: Properties, fill: (items: YamlNode[]) => void): YamlNode {
  const items: YamlNode[] = [];
  const list = registerAnchor(reading, properties, { kind: "list" as const, offset, items });
  fill(items);
  return list;
}

function readMap(reading: Reading, offset: number, properties: Properties, fill: (pairs: YamlPair[]) => void): YamlNode {
  const pairs: YamlPair[] = [];
  const map = registerAnchor(reading, properties, { kind: "map" as const, offset, pairs });
  fill(pairs);
  return map;
}

/** Reads the next node; returns an empty node before one of the given tokens. */
function readNodeUnless(reading: Reading, ends: readonly Kind[], inBlock: boolean, isBelowKey = false): YamlNode {
  const token = reading.peek();
  return ends.includes(token.kind) ? emptyNode(token.mark) : readNode(reading, inBlock, isBelowKey);
}

function readItems(reading: Reading, items: YamlNode[], ends: readonly Kind[]): void {
  while (reading.peek().kind === "-") {
    reading.skip();
    items.push(readNodeUnless(reading, ends, true));
  }
}

function readBlockItems(reading: Reading, items: YamlNode[]): void {
  reading.skip();
  readItems(reading, items, ["-", "block-end"]);
  expect(reading, "block-end", "did not find expected '-' indicator");
}

function readBlockPairs(reading: Reading, pairs: YamlPair[]): void {
  reading.skip();
  const ends: readonly Kind[] = ["?", ":", "block-end"];
  // Without a question mark only the first key of a block may be missing: the ":" has no key before it.
  for (let token = reading.peek(); token.kind === "?"; token = reading.peek()) {
    reading.skip();
    const key = readNodeUnless(reading, ends, true, true);
    pairs.push({ key, value: blockValue(reading, ends) });
  }
  expect(reading, "block-end", "did not find expected key");
}

function blockValue(reading: Reading, ends: readonly Kind[]): YamlNode {
  const token = reading.peek();
  if (token.kind !== ":") return emptyNode(token.mark);
  reading.skip();
  return readNodeUnless(reading, ends, true, true);
}

function readFlowItems(reading: Reading, items: YamlNode[]): void {
  reading.skip();
  for (let isFirst = true; reading.peek().kind !== "]"; isFirst = false) {
    if (!isFirst) expect(reading, ",", "did not find expected ',' or ']'");
    const token = reading.peek();
    if (token.kind === "?") {
      reading.skip();
      items.push({ kind: "map", offset: token.mark.at, pairs: [flowPairInList(reading)] });
    } else if (token.kind !== "]") items.push(readNode(reading, false, false));
  }
  reading.skip();
}

/** Reads a mapping of one pair without braces. If its key is missing, yaml.v2 drops the token after the question mark. */
function flowPairInList(reading: Reading): YamlPair {
  const token = reading.peek();
  const ends: readonly Kind[] = [":", ",", "]"];
  const key = readNodeUnless(reading, ends, false);
  if (ends.includes(token.kind)) reading.skip();
  return { key, value: flowValue(reading, [",", "]"]) };
}

function readFlowPairs(reading: Reading, pairs: YamlPair[]): void {
  reading.skip();
  for (let isFirst = true; reading.peek().kind !== "}"; isFirst = false) {
    if (!isFirst) expect(reading, ",", "did not find expected ',' or '}'");
    const token = reading.peek();
    if (token.kind === "?") {
      reading.skip();
      const key = readNodeUnless(reading, [":", ",", "}"], false);
      pairs.push({ key, value: flowValue(reading, [",", "}"]) });
    } else if (token.kind !== "}") {
      const key = readNode(reading, false, false);
      pairs.push({ key, value: emptyNode(reading.peek().mark) });
    }
  }
  reading.skip();
}

function flowValue(reading: Reading, ends: readonly Kind[]): YamlNode {
  const token = reading.peek();
  if (token.kind !== ":") return emptyNode(token.mark);
  reading.skip();
  return readNodeUnless(reading, ends, false);
}

function expect(reading: Reading, kind: Kind, problem: string): void {
  const token = reading.peek();
  if (token.kind !== kind) throw failure(token.mark, problem);
  reading.skip();
}
