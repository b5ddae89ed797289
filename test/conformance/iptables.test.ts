import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { BINARY } from "../support/subject.ts";
import { undisturbed } from "../support/undisturbed.ts";
import { iptablesCases, type Outcome } from "./iptables/case.ts";
import { iptablesDifferences } from "./iptables/compare.ts";
import { leftAside } from "./iptables/left-aside.ts";
import { runIptablesCase } from "./iptables/run-case.ts";
import { IPTABLES_PROFILES } from "./iptables/vendor.ts";
import { queue } from "./queue.ts";

/*
 * The recorded cases of istio-iptables on the binary, several at a time, each in namespaces of its own. One case:
 * bun test ./test/conformance/iptables.test.ts -t real-tproxy
 */
const WIDTH = 4;
const LIMIT = 600_000;

if (!existsSync(BINARY.command[0] ?? "")) throw new Error("There is no dist/attache: npm run build makes it");

const turn = queue(WIDTH);

describe.each(IPTABLES_PROFILES)("recorded iptables cases of %s on the binary", (profile) => {
  const command = [...BINARY.command, "--profile", profile];
  for (const recorded of iptablesCases(profile)) {
    const aside = leftAside(recorded);
    test.concurrent(
      aside === undefined ? recorded.name : `${recorded.name} is left aside: ${aside.reason}`,
      async () => {
        const differencesOf = (each: Outcome) => iptablesDifferences(recorded, each);
        const measure = () => runIptablesCase(recorded, command);
        const outcome = await turn(() => undisturbed(measure, (each) => differencesOf(each).length === 0));
        const differences = differencesOf(outcome);
        const printed = `${outcome.stdout}${outcome.stderr}`.slice(-4000);
        if (aside === undefined)
          expect({ name: recorded.name, differences, printed }).toEqual({ name: recorded.name, differences: [], printed });
        else {
          expect(differences).not.toEqual([]);
          expect(aside.problems(outcome)).toEqual([]);
        }
      },
      LIMIT,
    );
  }
});
