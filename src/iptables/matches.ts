import type { Family, Match, Rule, Target } from "./rule.ts";

// The vocabulary in which the releases write their rules.

export const TCP: Match = { kind: "protocol", protocol: "tcp" };
export const UDP: Match = { kind: "protocol", protocol: "udp" };
export const OUT_OF_LO: Match = { kind: "out", interface: "lo" };
export const INTO_LO: Match = { kind: "in", interface: "lo" };
export const RETURN: Target = { kind: "return" };

export const into = (name: string): Match => ({ kind: "in", interface: name });
export const outOf = (name: string): Match => ({ kind: "out", interface: name });
export const from = (address: string): Match => ({ kind: "source", address });
export const to = (address: string): Match => ({ kind: "destination", address });
export const notTo = (address: string): Match => ({ kind: "destination", address, not: true });
export const toPort = (port: string): Match => ({ kind: "to-port", port });
export const notToPort = (port: string): Match => ({ kind: "to-port", port, not: true });
export const fromPort = (port: string): Match => ({ kind: "from-port", port });
export const inState = (...states: readonly string[]): Match => ({ kind: "state", states });
export const marked = (mark: string): Match => ({ kind: "mark", mark });
export const continueIn = (chain: string): Target => ({ kind: "chain", chain });
export const redirectTo = (port: string): Target => ({ kind: "redirect", port, option: "--to-ports" });
export const setMark = (mark: string): Target => ({ kind: "set-mark", mark });

/** The kinds of owners of a socket. */
export type OwnerKind = "uid" | "gid";

export const ownedBy = (kind: OwnerKind, id: string): Match => ({ kind, id });
export const notOwnedBy = (kind: OwnerKind, id: string): Match => ({ kind, id, not: true });

/** The addresses of a family that rules name. */
export interface FamilyAddresses {
  readonly family: Family;
  /** What counts as loopback. */
  readonly loopback: string;
  /** The source of the connections that Envoy passes through to the application. */
  readonly passthrough: string;
}

/** Returns the addresses of both families; the loopback range of IPv4 can be set. */
export function familyAddresses(loopback: string): readonly [FamilyAddresses, FamilyAddresses] {
  return [
    { family: 4, loopback, passthrough: "127.0.0.6/32" },
    { family: 6, loopback: "::1/128", passthrough: "::6/128" },
  ];
}

/** The parts of a rule that not every rule has. */
type Options = Pick<Rule, "family" | "insertAt" | "only" | "nft">;

/** Returns a function that makes rules of one chain. */
export function inChain(table: Rule["table"], chain: string) {
  return (when: readonly Match[], then: Target, why: string, options: Options = {}): Rule => ({
    table,
    chain,
    when,
    then,
    why,
    ...options,
  });
}
