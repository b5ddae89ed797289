import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { openRandom } from "../support/open-random.ts";
import { ROOT } from "../support/subject.ts";
import { EQUIVALENT, UNORDERED } from "./equivalent.ts";
import { type Mutant, mutantsOf } from "./mutants-of.ts";
import { parseProject } from "./parse-project.ts";
import { copyProject, LONGEST_RUN, type ProjectCopy } from "./project-copy.ts";
import { openTests, type Tests } from "./tests-for.ts";

const FOLDERS = ["src/supervisor", "src/settings", "src/status", "src/http", "src/profiles", "src/host"];
const WORKERS = 2;
const LIMIT = 30 * 60_000;

/** The result of a change: which test caught it, or why none has to. */
type Outcome =
  | { readonly kind: "compiler" }
  | { readonly kind: "caught"; readonly by: string }
  | { readonly kind: "equivalent"; readonly why: string }
  | { readonly kind: "survived" };

/** Where to try changes. */
interface Trial {
  readonly copy: ProjectCopy;
  readonly testsOf: (path: string) => Tests;
  /** Timeout of one test run in milliseconds. */
  readonly limit: number;
}

/** The changes of a folder still to try, and the time spent so far. */
interface Folder {
  readonly name: string;
  readonly candidates: Candidate[];
  tried: number;
  /** In milliseconds. */
  spent: number;
}

/** The parameters of a sample. */
interface Sample {
  readonly count: number;
  readonly seed: number;
  /** Folders or files. */
  readonly folders?: readonly string[];
}

interface Candidate extends Mutant {
  readonly path: string;
  readonly source: string;
}

/**
 * Makes `count` changes that compile, an equal part in each folder, drawn with `seed`, and runs the tests of the file that was changed.
 * Prints each and a summary. Returns whether every one was noticed or is in the list of equivalents. @throws Error when the tests fail without a change
 */
export async function runSample({ count, seed, folders: names = FOLDERS }: Sample): Promise<boolean> {
  const started = performance.now();
  console.log(`A sample of ${count} generated changes of ${names.join(", ")}, --seed ${seed}`);
  const folders = await drawnBy(seed, names);
  const testsOf = openTests(ROOT);
  const copies = Array.from({ length: WORKERS }, copyProject);
  const totals = { compiler: 0, caught: 0, equivalent: 0, survived: 0 };
  let tried = 0;
  try {
    const unchanged = await checkUnchanged(copies, folders, testsOf);
    console.log(`The tests without a change took ${seconds(unchanged)} s`);
    // No folder has more tests than the project, and two workers share the machine.
    const limit = Math.max(LONGEST_RUN, 2 * unchanged);
    await Promise.all(
      copies.map(async (copy) => {
        while (tried < count && performance.now() - started < LIMIT) {
          const folder = folders[tried++ % folders.length];
          const outcome = folder && (await firstThatCompiles({ copy, testsOf, limit }, folder, () => totals.compiler++));
          if (outcome !== undefined) totals[outcome.kind]++;
        }
      }),
    );
  } finally {
    for (const copy of copies) copy.remove();
  }
  for (const each of folders) console.log(`${each.name}: ${each.tried} changes in ${seconds(each.spent)} s`);
  const missing = count - totals.caught - totals.equivalent - totals.survived;
  console.log(
    `${totals.caught} caught by tests, ${totals.survived} survived, ${totals.equivalent} known as equivalent; ${totals.compiler} more did not compile${missing > 0 ? `; ${missing} not tried for lack of time` : ""}; ${seconds(performance.now() - started)} s in all`,
  );
  return totals.survived === 0;
}

/** Returns the changes of each folder in the order of the draw. */
async function drawnBy(seed: number, names: readonly string[]): Promise<readonly Folder[]> {
  const paths = (folder: string) => {
    if (folder.endsWith(".ts")) return [folder];
    // Schemas are generated, and a change to them would show in the digest above them.
    return [...new Glob(`${folder}/**/*.ts`).scanSync(ROOT)].filter((path) => !path.endsWith("-schema.ts")).sort();
  };
  const trees = await parseProject(ROOT, names.flatMap(paths));
  return names.map((name) => {
    // The draw of a folder does not depend on the others.
    const random = openRandom(seed);
    const all = paths(name).flatMap((path) => {
      const tree = trees.get(path);
      return tree === undefined ? [] : mutantsOf(tree).map((mutant): Candidate => ({ ...mutant, path, source: tree.text }));
    });
    const candidates = all
      .map((candidate) => ({ candidate, key: random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ candidate }) => candidate);
    return { name, candidates, tried: 0, spent: 0 };
  });
}

/** Takes changes until one compiles, and tries it. */
async function firstThatCompiles(trial: Trial, folder: Folder, refused: () => void): Promise<Outcome | undefined> {
  for (let candidate = folder.candidates.shift(); candidate !== undefined; candidate = folder.candidates.shift()) {
    const started = performance.now();
    const outcome = await tryOne(trial, candidate);
    const took = performance.now() - started;
    folder.spent += took;
    if (outcome.kind === "compiler") refused();
    else {
      folder.tried++;
      console.log(lineOf(candidate, outcome, took));
      return outcome;
    }
  }
  return undefined;
}

async function tryOne({ copy, testsOf, limit }: Trial, candidate: Candidate): Promise<Outcome> {
  const { path, source, start, end, text } = candidate;
  const file = join(copy.directory, path);
  writeFileSync(file, `${source.slice(0, start)}${text}${source.slice(end)}`);
  try {
    if (!(await copy.succeeds(COMPILING))) return { kind: "compiler" };
    const why = whyEquivalent(candidate);
    if (why !== undefined) return { kind: "equivalent", why };
    const { nearest, pure, running } = testsOf(path);
    const passes = async (tests: readonly string[]) => tests.length === 0 || (await copy.succeeds(testing(tests), limit));
    if (!(await passes(nearest))) return { kind: "caught", by: nearest.join(" ") };
    if (!(await passes(pure))) return { kind: "caught", by: "pure tests" };
    if (running.length === 0) return { kind: "survived" };
    // Some of these run the executable.
    if (!(await copy.succeeds(["build.ts"]))) return { kind: "caught", by: "the build" };
    return (await passes(running)) ? { kind: "survived" } : { kind: "caught", by: "tests on the machine" };
  } finally {
    writeFileSync(file, source);
  }
}

/** Returns why a change has no effect, if it is listed. */
function whyEquivalent({ path, source, start, end, text, list }: Candidate): string | undefined {
  const unordered = UNORDERED.find((each) => each.file === path && each.list === list);
  if (unordered !== undefined) return unordered.why;
  return EQUIVALENT.find((each) => each.file === path && each.from === lineAround(source, start, end) && each.to === text)?.why;
}

/** What is compiled again is what a change has touched. */
const COMPILING = ["node_modules/.bin/tsc", "-p", ".", "--incremental", "--tsBuildInfoFile", "dist/types.tsbuildinfo"];

function testing(tests: readonly string[]): readonly string[] {
  return ["test", "--timeout", "60000", "--bail=1", ...tests.map((path) => `./${path}`)];
}

/** Runs the tests without changes, a part in each copy: a test that fails anyway proves nothing. Returns the duration in milliseconds. */
async function checkUnchanged(copies: readonly ProjectCopy[], folders: readonly Folder[], testsOf: Trial["testsOf"]): Promise<number> {
  const paths = new Set(folders.flatMap(({ candidates }) => candidates.map(({ path }) => path)));
  const lists = [...paths].map(testsOf).map(({ nearest, pure, running }) => [...nearest, ...pure, ...running]);
  const tests = [...new Set(lists.flat())].sort();
  const started = performance.now();
  const passed = await Promise.all(
    copies.map(async ({ succeeds }, index) => {
      const part = tests.filter((_, position) => position % copies.length === index);
      if (!(await succeeds(COMPILING)) || !(await succeeds(["build.ts"]))) return false;
      const command = [...testing(part), "--only-failures"];
      // On a busy machine a test may fail once.
      return part.length === 0 || (await succeeds(command, LIMIT, true)) || (await succeeds(command, LIMIT, true));
    }),
  );
  if (passed.includes(false)) throw new Error("The tests fail without a change");
  return performance.now() - started;
}

function lineOf(candidate: Candidate, outcome: Outcome, took: number): string {
  const { path, source, start, end, text, kind } = candidate;
  const line = source.slice(0, start).split("\n").length;
  const word = outcome.kind === "survived" ? "SURVIVED" : outcome.kind;
  const change = `${oneLine(source.slice(start, end))} → ${oneLine(text)}`;
  const more =
    outcome.kind === "caught" ? outcome.by : outcome.kind === "equivalent" ? outcome.why : `in: ${lineAround(source, start, end)}`;
  return `${word.padEnd(10)} ${seconds(took).padStart(6)} s  ${path}:${line} ${kind}: ${change} (${more})`;
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}

function oneLine(text: string): string {
  const flat = text.replace(/\s+/g, " ");
  return flat.length > 100 ? `${flat.slice(0, 97)}...` : flat || "nothing";
}

/** Returns the changed text with the rest of its lines, to find it again after lines have moved. */
function lineAround(source: string, start: number, end: number): string {
  const first = source.lastIndexOf("\n", start - 1) + 1;
  const last = source.indexOf("\n", end);
  return source
    .slice(first, last < 0 ? undefined : last)
    .replace(/\s+/g, " ")
    .trim();
}
