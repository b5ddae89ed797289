import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../support/subject.ts";
import { MUTATIONS, type Mutation } from "./mutations.ts";

// Makes each change of the list in a copy of the project and runs the test that has to fail. Prints what each took; the status
// is 1 when a change goes unseen, or can no longer be made.
//   npm run test:mutations [-- PART OF A NAME]

const COPIED = ["src", "templates", "test", "build", "examples", "build.ts", "bunfig.toml", "package.json", "tsconfig.json"];

const wanted = process.argv[2];
const copy = mkdtempSync(join(tmpdir(), "attache-mutations-"));
let failures = 0;
try {
  for (const path of COPIED) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const chosen = MUTATIONS.filter(({ name }) => wanted === undefined || name.includes(wanted));
  // A test that fails anyway would prove nothing.
  const tests = [...new Set(chosen.map(({ caughtBy }) => `./${caughtBy}`))];
  await run(["build.ts"]);
  if ((await run(["test", "--timeout", "60000", ...tests])) !== 0) throw new Error("The tests fail without a change");
  for (const mutation of chosen) {
    const begun = performance.now();
    const problem = await problemWith(mutation);
    if (problem !== undefined) failures++;
    console.log(
      `${problem === undefined ? "caught" : "FAIL  "} ${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${mutation.name}: ${problem ?? mutation.caughtBy}`,
    );
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.exitCode = failures === 0 ? 0 : 1;

/** Why a mutation proves nothing; undefined when its test fails, as it should, and only with the change. */
async function problemWith({ file, from, to, caughtBy }: Mutation): Promise<string | undefined> {
  const path = join(copy, file);
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  if (text.split(from).length !== 2) return `the text to change does not stand once in ${file}`;
  writeFileSync(
    path,
    text.replace(from, () => to),
  );
  try {
    // Some tests run the executable.
    await run(["build.ts"]);
    return (await run(["test", "--timeout", "60000", "--bail=1", `./${caughtBy}`])) === 0 ? `${caughtBy} does not see it` : undefined;
  } finally {
    writeFileSync(path, text);
  }
}

async function run(words: readonly string[]): Promise<number> {
  return await Bun.spawn([process.execPath, ...words], { cwd: copy, stdio: ["ignore", "ignore", "ignore"] }).exited;
}
