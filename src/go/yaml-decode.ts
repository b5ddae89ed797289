import { YamlFailure } from "./yaml-failure.ts";
import { isMergeKey, type YamlAliasNode, type YamlMapNode, type YamlNode, type YamlScalarNode } from "./yaml-node.ts";
import { resolveScalar, type YamlScalar } from "./yaml-scalar.ts";
import { goSyntax, type YamlValue } from "./yaml-value.ts";

/** Counters that yaml.v2 uses to reject alias bombs, and the aliases being expanded. */
type Decoding = { readonly open: Set<YamlAliasNode>; decoded: number; aliased: number };
type OpenMap = Map<YamlScalar, YamlValue>;

/** Decodes a document's root like yaml.v2 (decode.go) into an interface{}. @throws YamlFailure */
export function decodeYaml(root: YamlNode): YamlValue {
  return decode(root, { open: new Set(), decoded: 1, aliased: 0 });
}

function decode(node: YamlNode, decoding: Decoding): YamlValue {
  count(decoding);
  switch (node.kind) {
    case "scalar":
      return decodeScalar(node);
    case "list":
      return node.items.map((item) => decode(item, decoding));
    case "map": {
      const map: OpenMap = new Map();
      fill(map, node, decoding);
      return map;
    }
    case "alias":
      return inside(node, decoding, () => decode(node.target, decoding));
  }
}

/** Adds pairs and merges in the order of the text: the later one wins, whether merge or key. */
function fill(map: OpenMap, node: YamlMapNode, decoding: Decoding): void {
  for (const { key, value } of node.pairs) {
    if (isMergeKey(key)) merge(map, value, decoding);
    else map.set(asKey(decode(key, decoding), key), decode(value, decoding));
  }
}

function merge(map: OpenMap, node: YamlNode, decoding: Decoding): void {
  const sources = node.kind === "list" ? node.items.toReversed() : [node];
  for (const source of sources) {
    const target = source.kind === "alias" ? source.target : source;
    if (target.kind !== "map") {
      throw new YamlFailure("yaml: map merge requires map or sequence of maps as the value", source.offset);
    }
    count(decoding);
    if (source.kind !== "alias") {
      fill(map, target, decoding);
      continue;
    }
    inside(source, decoding, () => {
      count(decoding);
      fill(map, target, decoding);
    });
  }
}

function inside<T>(alias: YamlAliasNode, decoding: Decoding, read: () => T): T {
  if (decoding.open.has(alias)) throw new YamlFailure(`yaml: anchor '${alias.name}' value contains itself`, alias.offset);
  decoding.open.add(alias);
  const value = read();
  decoding.open.delete(alias);
  return value;
}

function decodeScalar({ tag, implicit, text, offset }: YamlScalarNode): YamlScalar {
  if (tag === undefined && !implicit) return text;
  const resolved = resolveScalar(tag, text);
  if (!resolved.ok) throw new YamlFailure(resolved.error, offset);
  return resolved.value;
}

function asKey(key: YamlValue, { offset }: YamlNode): YamlScalar {
  if (key !== null && typeof key === "object") throw new YamlFailure(`yaml: invalid map key: ${goSyntax(key)}`, offset);
  return key;
}

function count(decoding: Decoding): void {
  decoding.decoded++;
  if (decoding.open.size > 0) decoding.aliased++;
  if (decoding.aliased <= 100 || decoding.decoded <= 1000) return;
  if (decoding.aliased / decoding.decoded > allowedAliasRatio(decoding.decoded)) {
    throw new YamlFailure("yaml: document contains excessive aliasing");
  }
}

/** From 99% in documents of up to 400,000 values down to 10% in those of 4,000,000: yaml.v2, decode.go. */
function allowedAliasRatio(decoded: number): number {
  const over = Math.min(Math.max(decoded - 400_000, 0) / 3_600_000, 1);
  return 0.99 - 0.89 * over;
}
