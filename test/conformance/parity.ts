import { casesIn, fieldCases, generatedCases, namedCases, PROFILE_NAMES } from "./cases.ts";
import { iptablesCases } from "./iptables/case.ts";
import { LEFT_ASIDE as IPTABLES_LEFT_ASIDE } from "./iptables/left-aside.ts";
import { IPTABLES_PROFILES } from "./iptables/vendor.ts";
import { LEFT_ASIDE, type LeftAside, reasonToLeave, STATUS_LEFT_ASIDE } from "./left-aside.ts";
import { statusCases } from "./status/case.ts";

interface Named {
  readonly profile: string;
  readonly name: string;
}

/** A kind of recorded cases: which a release has, and which of them are left aside. */
interface Kind {
  readonly name: string;
  readonly cases: (profile: string) => readonly Named[];
  readonly leftAside: readonly Pick<LeftAside, "cases" | "reason">[];
}

const isNew = (profile: string) => new Set(casesIn(`releases/${profile}.proxy-new`).map(({ name }) => name));
const startsWith = (kind: string) => (profile: string) => statusCases(profile).filter(({ name }) => name.startsWith(`${kind}/`));

/** The kinds, in the order of the page. */
const KINDS: readonly Kind[] = [
  { name: "`proxy`", cases: (profile) => namedCases(profile).filter(({ name }) => !isNew(profile).has(name)), leftAside: LEFT_ASIDE },
  {
    name: "`proxy`, what is new in a release",
    cases: (profile) => namedCases(profile).filter(({ name }) => isNew(profile).has(name)),
    leftAside: LEFT_ASIDE,
  },
  { name: "`proxy`, odd fields", cases: fieldCases, leftAside: LEFT_ASIDE },
  { name: "`proxy`, generated", cases: generatedCases, leftAside: LEFT_ASIDE },
  {
    name: "status port, commands",
    cases: (profile) => statusCases(profile).filter(({ name }) => !name.includes("/")),
    leftAside: STATUS_LEFT_ASIDE,
  },
  { name: "status port, what is new in a release", cases: startsWith("new"), leftAside: STATUS_LEFT_ASIDE },
  { name: "status port, odd fields", cases: startsWith("fields"), leftAside: STATUS_LEFT_ASIDE },
  {
    name: "`istio-iptables`",
    cases: (profile) => (IPTABLES_PROFILES.includes(profile) ? iptablesCases(profile).map(({ name }) => ({ profile, name })) : []),
    leftAside: IPTABLES_LEFT_ASIDE,
  },
];

/** Returns docs/parity.md: how many recorded cases of each release and kind hold, and which do not. */
export function parityText(): string {
  const rows: string[] = [];
  const reasons = new Map<string, string[]>();
  for (const profile of PROFILE_NAMES)
    for (const { name, cases, leftAside } of KINDS) {
      const all = cases(profile);
      const left = all.flatMap((each) => {
        const reason = reasonToLeave(leftAside, each);
        return reason === undefined ? [] : [[each.name, reason] as const];
      });
      for (const [named, reason] of left) reasons.set(reason, [...(reasons.get(reason) ?? []), `${profile}/${named}`]);
      if (all.length > 0) rows.push(`| ${profile} | ${name} | ${all.length} | ${all.length - left.length} | ${left.length} |`);
    }
  const lists = [...reasons].map(([reason, names]) => `- ${reason}:\n${names.map((name) => `  - \`${name}\``).join("\n")}`);
  return `${HEAD}${rows.join("\n")}\n\n## Left aside\n\n${lists.join("\n")}\n`;
}

const HEAD = `# Parity with pilot-agent

This file is generated from the recorded cases by \`npm run parity\`; a test compares it, and other tests run the cases. Each was recorded
from the agent of the release, built from its tag. \`npm test\` runs all cases in process, and on the executable all but the generated ones,
of which it runs 60 of 1.6 and 60 of 1.30; \`npm run test:long\` runs all of them. A case that is left aside is expected to differ.

| release | kind | cases | passed | left aside |
|---|---|---|---|---|
`;
