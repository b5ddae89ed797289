import type { JsonValue } from "../go/json-value.ts";
import type { Locality } from "./locality.ts";

/** The proxy's identity towards the control plane, as passed to Envoy in the bootstrap and on its command line. */
export interface Node<Key extends string = never> {
  readonly role: string;
  /** `<role>~<address>~<name>~<domain>` (contract 1.6 §4.4, 1.30 §4.3). */
  readonly id: string;
  readonly cluster: string;
  readonly locality: Locality;
  readonly metadata: NodeMetadata<Key>;
  /** Instance addresses in order, with duplicates; the first is the node's own. */
  readonly addresses: readonly string[];
}

/** Metadata by the keys a release knows; any other key is only passed on. */
export type NodeMetadata<Key extends string> = { readonly [Name in Key]?: JsonValue };

/** Returns the node's addresses without duplicates, in order of first occurrence. */
export function uniqueAddresses(node: Pick<Node, "addresses">): readonly string[] {
  return [...new Set(node.addresses)];
}
