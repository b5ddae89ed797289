import type { JsonValue } from "../go/json-value.ts";
import type { Locality } from "./locality.ts";

/** This proxy's identity towards the control plane, as Envoy's bootstrap and command line state it. */
export interface Node<Key extends string = never> {
  readonly role: string;
  /** `<role>~<address>~<name>~<domain>` (contract 1.6 §4.4, 1.30 §4.3). */
  readonly id: string;
  readonly cluster: string;
  readonly locality: Locality;
  readonly metadata: NodeMetadata<Key>;
  /** Instance addresses in order, duplicates kept; the first is the node's own. */
  readonly addresses: readonly string[];
}

/** Metadata by the keys that a release knows; there are others, which it only passes on. */
export type NodeMetadata<Key extends string> = { readonly [Name in Key]?: JsonValue };

/** Node addresses without duplicates, first occurrences kept. */
export function uniqueAddresses(node: Pick<Node, "addresses">): readonly string[] {
  return [...new Set(node.addresses)];
}
