import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { BINARY } from "../support/subject.ts";
import { undisturbed } from "../support/undisturbed.ts";
import { PROFILE_NAMES } from "./cases.ts";
import { reasonToLeave, STATUS_LEFT_ASIDE } from "./left-aside.ts";
import { queue } from "./queue.ts";
import { type StatusCase, statusCases } from "./status/case.ts";
import { statusDifferences } from "./status/compare.ts";
import { runStatusCase } from "./status/run-case.ts";

/*
 * The recorded status cases on the binary, several at a time. One family, or one case:
 * bun test ./test/conformance/status.test.ts -t quit-and-drain
 */
const WIDTH = 4;
/** Ten times the duration of a case, for each that may precede it in the queue. */
const LIMIT = 600_000;

if (!existsSync(BINARY.command[0] ?? "")) throw new Error("There is no dist/attache: npm run build makes it");

const turn = queue(WIDTH);

describe.each(PROFILE_NAMES)("recorded status cases of %s on the binary", (profile) => {
  for (const [family, cases] of Map.groupBy(statusCases(profile), (each) => each.family))
    describe(family, () => {
      for (const recorded of cases) {
        const reason = reasonToLeave(STATUS_LEFT_ASIDE, recorded);
        const check = async () => {
          const measure = () => differencesOf(recorded, profile);
          const { differences, said } = await turn(() => undisturbed(measure, (found) => found.differences.length === 0));
          // Tests run in parallel: the name shows to which one these lines belong.
          const { name } = recorded;
          if (reason === undefined) expect({ name, differences, said }).toEqual({ name, differences: [], said });
          else expect(differences).not.toEqual([]);
        };
        test.concurrent(reason === undefined ? recorded.name : `${recorded.name} is left aside: ${reason}`, check, LIMIT);
      }
    });
});

async function differencesOf(
  recorded: StatusCase,
  profile: string,
): Promise<{ readonly differences: readonly string[]; readonly said: string }> {
  const { result, said } = await runStatusCase(recorded, [...BINARY.command, "--profile", profile]);
  return { differences: statusDifferences(recorded.expect, result), said };
}
