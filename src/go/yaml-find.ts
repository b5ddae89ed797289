import { isMergeKey, type YamlMapNode, type YamlNode } from "./yaml-node.ts";
import { resolveScalar } from "./yaml-scalar.ts";
import { keyText } from "./yaml-value.ts";

/** Returns the node at a path of keys and list indexes, following aliases and merges; undefined if there is none. */
export function findNode(root: YamlNode, path: readonly string[]): YamlNode | undefined {
  let node: YamlNode | undefined = root;
  for (const step of path) {
    const parent: YamlNode | undefined = node && targetOf(node);
    if (parent?.kind === "list") node = /^(?:0|[1-9][0-9]*)$/.test(step) ? parent.items[Number(step)] : undefined;
    else node = parent?.kind === "map" ? memberOf(parent, step, new Set()) : undefined;
  }
  return node;
}

/** Returns the key at the end of a path; undefined if its mapping has it only through a merge. */
export function findKey(root: YamlNode, path: readonly string[]): YamlNode | undefined {
  const found = findNode(root, path.slice(0, -1));
  const parent = found && targetOf(found);
  return parent?.kind === "map" ? parent.pairs.findLast(({ key }) => nameOf(key) === path.at(-1))?.key : undefined;
}

/** Returns the first key or number of a document that JSON cannot represent. */
export function findNotJson(node: YamlNode): YamlNode | undefined {
  switch (node.kind) {
    case "list":
      return firstOf(node.items);
    case "map":
      return (
        node.pairs.find(({ key }) => !isMergeKey(key) && nameOf(key) === undefined)?.key ?? firstOf(node.pairs.map(({ value }) => value))
      );
    case "scalar": {
      const resolved = node.tag === undefined && !node.implicit ? undefined : resolveScalar(node.tag, node.text);
      return resolved?.ok && typeof resolved.value === "number" && !Number.isFinite(resolved.value) ? node : undefined;
    }
    default:
      return undefined;
  }
}

function firstOf(nodes: readonly YamlNode[]): YamlNode | undefined {
  for (const node of nodes) {
    const found = findNotJson(node);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the last pair that sets the key, in decoding order; `seen` stops recursive merges. */
function memberOf(map: YamlMapNode, key: string, seen: Set<YamlMapNode>): YamlNode | undefined {
  if (seen.has(map)) return undefined;
  seen.add(map);
  for (const pair of map.pairs.toReversed()) {
    if (!isMergeKey(pair.key)) {
      if (nameOf(pair.key) === key) return pair.value;
      continue;
    }
    const sources = pair.value.kind === "list" ? pair.value.items : [pair.value];
    for (const source of sources.map(targetOf)) {
      const member = source.kind === "map" ? memberOf(source, key, seen) : undefined;
      if (member !== undefined) return member;
    }
  }
  return undefined;
}

function nameOf(key: YamlNode): string | undefined {
  const node = targetOf(key);
  if (node.kind !== "scalar") return undefined;
  if (node.tag === undefined && !node.implicit) return node.text;
  const resolved = resolveScalar(node.tag, node.text);
  return resolved.ok ? keyText(resolved.value) : undefined;
}

function targetOf(node: YamlNode): YamlNode {
  return node.kind === "alias" ? targetOf(node.target) : node;
}
