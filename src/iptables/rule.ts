/** The address families of rules. */
export type Family = 4 | 6;

export type TableName = "filter" | "mangle" | "nat" | "raw";

/** What a packet must be for a rule to apply. The order of several is the order in which iptables is given them. */
export type Match =
  | { readonly kind: "in" | "out"; readonly interface: string }
  | { readonly kind: "source"; readonly address: string }
  | { readonly kind: "destination"; readonly address: string; readonly not?: true }
  | { readonly kind: "protocol"; readonly protocol: "tcp" | "udp" }
  /** `protocol`: only for nft, where it is not tcp. */
  | { readonly kind: "to-port"; readonly port: string; readonly not?: true; readonly protocol?: "udp" }
  | { readonly kind: "to-other-ports"; readonly ports: readonly string[] }
  | { readonly kind: "from-port"; readonly port: string; readonly protocol?: "udp" }
  | { readonly kind: "state"; readonly states: readonly string[] }
  /** `isMeta`: only for nft, which has two spellings. */
  | { readonly kind: "uid" | "gid"; readonly id: string; readonly not?: true; readonly isMeta?: true }
  | { readonly kind: "mark"; readonly mark: string; readonly not?: true }
  | { readonly kind: "connection-mark"; readonly mark: string };

/** What happens to the packet. */
export type Target =
  | { readonly kind: "chain"; readonly chain: string }
  | { readonly kind: "return" | "accept" | "drop" | "save-mark" | "restore-mark" }
  /** `option`: iptables accepts its option in two spellings, and both are recorded. */
  | { readonly kind: "redirect"; readonly port: string; readonly option: "--to-ports" | "--to-port" }
  | { readonly kind: "set-mark"; readonly mark: string }
  | { readonly kind: "tproxy"; readonly mark: string; readonly port: string }
  | { readonly kind: "zone"; readonly zone: number };

/** One rule of a chain. */
export interface Rule {
  /** Undefined: of both families. */
  readonly family?: Family;
  readonly table: TableName;
  readonly chain: string;
  /** The position at which it is inserted, counted from 1; absent: after all others. */
  readonly insertAt?: number;
  readonly when: readonly Match[];
  readonly then: Target;
  /** Why it exists, as the end of a sentence: "so that …", "because …". */
  readonly why: string;
  /** Absent: for iptables and native nftables. */
  readonly only?: "iptables" | "nft";
  /** How nft words the matches where that does not follow from them: their order, or a protocol that the port implies. */
  readonly nft?: readonly Match[];
}

/** Returns the rules of one family for iptables, in order of creation. */
export function rulesOf(rules: readonly Rule[], family: Family): readonly Rule[] {
  return rules.filter((rule) => rule.only !== "nft" && (rule.family ?? family) === family);
}

/** The prefix of all chains that are not built in. */
export const OWN_CHAIN = "ISTIO_";

/** Reports whether a rule continues in one of our chains. */
export function isJump({ then }: Rule): boolean {
  return then.kind === "chain" && then.chain.startsWith(OWN_CHAIN);
}
