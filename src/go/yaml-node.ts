/** A document's syntax tree, before scalars are typed; offsets are where a node starts in the text. */
export type YamlNode = YamlScalarNode | YamlListNode | YamlMapNode | YamlAliasNode;

export type YamlScalarNode = {
  readonly kind: "scalar";
  readonly offset: number;
  readonly text: string;
  /** The explicit tag in its long form, or "!". */
  readonly tag: string | undefined;
  /** yaml.v2's "implicit": only the text decides the type. */
  readonly implicit: boolean;
};
export type YamlListNode = { readonly kind: "list"; readonly offset: number; readonly items: readonly YamlNode[] };
export type YamlMapNode = { readonly kind: "map"; readonly offset: number; readonly pairs: readonly YamlPair[] };
export type YamlPair = { readonly key: YamlNode; readonly value: YamlNode };
export type YamlAliasNode = {
  readonly kind: "alias";
  readonly offset: number;
  readonly name: string;
  /** May contain this alias itself. */
  readonly target: YamlNode;
};

const MERGE_TAG = "tag:yaml.org,2002:merge";

/** Returns whether a key is the merge key "<<", not a string: `isMerge` of yaml.v2. */
export function isMergeKey(key: YamlNode): boolean {
  return key.kind === "scalar" && key.text === "<<" && (key.implicit || key.tag === MERGE_TAG);
}
