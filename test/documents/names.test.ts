import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { SWITCHES, variableOf } from "../../src/cli/switches.ts";
import { HELP_FLAG, rootFlags, VERSION_FLAG } from "../../src/commands/flags.ts";
import { KUBECTL_FLAGS } from "../../src/commands/kubectl/kubectl-flags.ts";
import { COMMANDS } from "../../src/commands/table.ts";
import { profiles } from "../../src/profiles/choose.ts";
import { ROOT } from "../support/subject.ts";

/** Options of other programs, and of the project's own scripts. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  Envoy: ["base-id", "config-yaml", "enable-core-dump", "help", "mode", "skip-deprecated-logs"],
  docker: ["build-arg", "chmod", "target"],
  scripts: ["all", "check", "floor", "long", "mesh", "once", "start-only"],
};

const DOCUMENTS = ["README.md", "USAGE.md", "CHANGELOG.md", ...new Glob("docs/*.md").scanSync(ROOT)];
const FLAGS = new Set([
  ...profiles().flatMap((profile) =>
    [HELP_FLAG, VERSION_FLAG, ...rootFlags(profile), ...COMMANDS.flatMap((command) => command.flags(profile))].map(({ name }) => name),
  ),
  ...KUBECTL_FLAGS.map(({ name }) => name),
  ...Object.values(OTHERS).flat(),
]);
const VARIABLES = new Set(SWITCHES.map(({ name }) => variableOf(name)));

test.each(DOCUMENTS)("%s names only flags and switches that exist", (file) => {
  const text = readFileSync(join(ROOT, file), "utf8");
  const flags = [...text.matchAll(/(?<![\w-])--([A-Za-z][\w-]*)/g)].map(([, name = ""]) => name);
  expect([...new Set(flags.filter((name) => !FLAGS.has(name)))]).toEqual([]);
  const variables = [...text.matchAll(/\bATTACHE_[A-Z_]+\b/g)].map(([name]) => name);
  expect([...new Set(variables.filter((name) => !VARIABLES.has(name)))]).toEqual([]);
});

test.each(DOCUMENTS)("%s links to what exists", (file) => {
  const links = [...readFileSync(join(ROOT, file), "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => link);
  expect(links.filter((link) => !existsSync(join(ROOT, file, "..", link)))).toEqual([]);
});
