/** A document's syntax, before its scalars have types; offsets are where a node begins in the text. */
export type YamlNode = YamlScalarNode | YamlListNode | YamlMapNode | YamlAliasNode;

export type YamlScalarNode = {
  readonly kind: "scalar";
  readonly offset: number;
  readonly text: string;
  /** The explicit tag in its long form, or "!". */
  readonly tag: string | undefined;
  /** yaml.v2's "implicit": the text alone decides the type. */
  readonly implicit: boolean;
};
export type YamlListNode = { readonly kind: "list"; readonly offset: number; readonly items: readonly YamlNode[] };
export type YamlMapNode = { readonly kind: "map"; readonly offset: number; readonly pairs: readonly YamlPair[] };
export type YamlPair = { readonly key: YamlNode; readonly value: YamlNode };
export type YamlAliasNode = {
  readonly kind: "alias";
  readonly offset: number;
  readonly name: string;
  /** May hold this alias itself. */
  readonly target: YamlNode;
};

const MERGE_TAG = "tag:yaml.org,2002:merge";

/** Whether a key is "<<" as a merge key, not as a string: `isMerge` of yaml.v2. */
export function isMergeKey(key: YamlNode): boolean {
  return key.kind === "scalar" && key.text === "<<" && (key.implicit || key.tag === MERGE_TAG);
}
