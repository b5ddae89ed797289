import type { IptablesCase, Outcome, State } from "./case.ts";
import { writes } from "./compare.ts";

/** A recorded case whose outcome harms, with what is asserted in its place. */
export interface LeftAside {
  readonly cases: RegExp;
  /** Why, with the heading in RATIONALE.md. */
  readonly reason: string;
  /** Returns what is wrong with the outcome; nothing if it is safe. */
  readonly problems: (outcome: Outcome) => readonly string[];
}

const CLEAN_UP = "pilot-agent's clean-up leaves jumps to its chains behind (RATIONALE, Redirection of traffic)";

/** Cases whose recorded outcome is not followed. */
export const LEFT_ASIDE: readonly LeftAside[] = [
  { cases: /^istio-1\.30\/real-cleanup-fewer-flags$/, reason: CLEAN_UP, problems: ({ state }) => ownLines(state, () => true) },
  {
    cases: /^istio-1\.30\/real-drift-more$/,
    reason: CLEAN_UP,
    problems: ({ state }) => ownLines(state, (line) => /DNS|DROP|^\*(raw|mangle)$/.test(line)),
  },
  {
    cases: /^istio-1\.30\/cleanup-no-arguments$/,
    reason: CLEAN_UP,
    problems: ({ commands }) => missing(commands, "-t nat -D PREROUTING -p tcp -j ISTIO_INBOUND"),
  },
  {
    cases: /^istio-1\.30\/reconcile-drift-tproxy-dns$/,
    reason: CLEAN_UP,
    problems: ({ commands }) => missing(commands, "-t nat -D PREROUTING -p tcp -j ISTIO_INBOUND"),
  },
  {
    cases: /^istio-1\.30\/real-second-run-both-sets$/,
    reason: "pilot-agent applies a second copy of the rules with the other programs (RATIONALE, Redirection of traffic)",
    problems: ({ state }) => [
      ...(state["iptables-legacy"] ?? []),
      ...((state["iptables-nft"] ?? []).filter((line) => line.startsWith("-A OUTPUT -j ISTIO_OUTPUT")).length === 1
        ? []
        : ["not one jump"]),
    ],
  },
  {
    cases: /^istio-1\.6\/real-clean-dns$/,
    reason: "pilot-agent's clean-up leaves the redirection of DNS behind (RATIONALE, Redirection of traffic)",
    problems: ({ state }) => ownLines(state, () => true),
  },
];

/** Returns the row of a case that is not followed. */
export function leftAside({ profile, name }: IptablesCase): LeftAside | undefined {
  return LEFT_ASIDE.find(({ cases }) => cases.test(`${profile}/${name}`));
}

/** Returns the lines of rules that should not be there. */
function ownLines(state: State, isWrong: (line: string) => boolean): readonly string[] {
  return Object.entries(state).flatMap(([key, lines]) => (key.includes("tables-") ? lines.filter(isWrong) : []));
}

function missing(commands: Outcome["commands"], args: string): readonly string[] {
  return writes(commands).some((each) => JSON.stringify(each).includes(JSON.stringify(args.split(" ")))) ? [] : [`no ${args}`];
}
