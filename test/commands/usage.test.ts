import { expect, test } from "bun:test";
import { helpText } from "../../src/commands/help.ts";
import { COMMANDS, rootFlags } from "../../src/commands/table.ts";
import { usageText } from "../../src/commands/usage.ts";
import { PROFILES } from "../../src/profiles/choose.ts";
import { ROOT } from "../support/subject.ts";

test("USAGE.md says what the tables say (npm run usage writes it)", async () => {
  expect(await Bun.file(`${ROOT}/USAGE.md`).text()).toBe(usageText());
});

test.each(PROFILES.flatMap((profile) => COMMANDS.map((command) => [profile.name, command.name, profile, command] as const)))(
  "help of %s %s names every flag of its tables, once",
  (_, __, profile, command) => {
    const text = helpText("attache", command, profile);
    for (const { name } of [...rootFlags(profile), ...command.flags(profile)])
      expect(text.match(new RegExp(`--${name}(?![\\w-])`, "g")) ?? []).not.toEqual([]);
  },
);

test.each(PROFILES.map((profile) => [profile.name, profile] as const))("no flag of %s stands in two tables", (_, profile) => {
  for (const command of COMMANDS) {
    const names = [...rootFlags(profile), ...command.flags(profile)].map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  }
});
