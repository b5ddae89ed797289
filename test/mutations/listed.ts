import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MUTATIONS, type Mutation } from "./mutations.ts";
import { copyProject, type ProjectCopy } from "./project-copy.ts";

/**
 * Makes each listed change and runs the test that must fail. Returns whether every one was caught.
 * @throws Error if a test fails without a change
 */
export async function tryListed(part: string | undefined): Promise<boolean> {
  const chosen = MUTATIONS.filter(({ name }) => part === undefined || name.includes(part));
  const copy = copyProject();
  let isGood = true;
  try {
    // A test that fails anyway proves nothing.
    const tests = [...new Set(chosen.map(({ caughtBy }) => `./${caughtBy}`))];
    await copy.succeeds(["build.ts"]);
    if (!(await copy.succeeds(["test", "--timeout", "60000", ...tests]))) throw new Error("The tests fail without a change");
    for (const mutation of chosen) {
      const started = performance.now();
      const problem = await problemWith(copy, mutation);
      if (problem !== undefined) isGood = false;
      console.log(
        `${problem === undefined ? "caught" : "FAIL  "} ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s  ${mutation.name}: ${problem ?? mutation.caughtBy}`,
      );
    }
  } finally {
    copy.remove();
  }
  return isGood;
}

/** Returns why a mutation proves nothing; undefined if its test fails only with the change. */
async function problemWith({ directory, succeeds }: ProjectCopy, { file, from, to, caughtBy }: Mutation): Promise<string | undefined> {
  const path = join(directory, file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (text.split(from).length !== 2) return `the text to change is not in ${file} exactly once`;
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  try {
    // Some tests run the executable.
    await succeeds(["build.ts"]);
    return (await succeeds(["test", "--timeout", "60000", "--bail=1", `./${caughtBy}`])) ? `${caughtBy} does not see it` : undefined;
  } finally {
    writeFileSync(path, text);
  }
}
