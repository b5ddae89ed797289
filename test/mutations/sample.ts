import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Glob } from "bun";
import { openRandom } from "../support/open-random.ts";
import { ROOT } from "../support/subject.ts";
import { EQUIVALENT } from "./equivalent.ts";
import { type Mutant, mutantsOf } from "./mutants-of.ts";
import { parseProject } from "./parse-project.ts";
import { copyProject, LONGEST_RUN, type ProjectCopy } from "./project-copy.ts";
import { openTests } from "./tests-for.ts";

const ROOMS = ["src/supervisor", "src/settings", "src/status", "src/profiles", "src/host"];
const WORKERS = 2;
const LIMIT = 30 * 60_000;

/** What became of one change: who noticed it, or why nobody has to. */
type Outcome =
  | { readonly kind: "compiler" }
  | { readonly kind: "caught"; readonly by: string }
  | { readonly kind: "equivalent"; readonly why: string }
  | { readonly kind: "survived" };

/** Where changes are tried. */
interface Trial {
  readonly copy: ProjectCopy;
  readonly testsOf: (path: string) => readonly string[];
  /** Milliseconds that one run of tests may take. */
  readonly limit: number;
}

interface Candidate extends Mutant {
  readonly path: string;
  readonly source: string;
}

/** What is drawn. */
interface Sample {
  readonly count: number;
  readonly seed: number;
  /** Folders or files. */
  readonly rooms?: readonly string[];
}

/**
 * Makes `count` changes that compile, an equal part in each room, drawn with `seed`, and runs the tests of the file that was changed.
 * Prints each and a summary. Returns whether every one was noticed or stands in the list of equivalents. @throws Error when the tests fail without a change
 */
export async function runSample({ count, seed, rooms: names = ROOMS }: Sample): Promise<boolean> {
  const begun = performance.now();
  console.log(`A sample of ${count} generated changes, --seed ${seed}`);
  const rooms = await drawnBy(seed, names);
  const testsOf = openTests(ROOT);
  const copies = Array.from({ length: WORKERS }, copyProject);
  const totals = { compiler: 0, caught: 0, equivalent: 0, survived: 0 };
  let tried = 0;
  try {
    const unchanged = await checkUnchanged(copies, rooms, testsOf);
    // No room has more tests than all have, and two workers share the machine.
    const limit = Math.max(LONGEST_RUN, 2 * unchanged);
    await Promise.all(
      copies.map(async (copy) => {
        while (tried < count && performance.now() - begun < LIMIT) {
          const room = rooms[tried++ % rooms.length];
          const outcome = await firstThatCompiles({ copy, testsOf, limit }, room ?? [], () => totals.compiler++);
          if (outcome === undefined) continue;
          totals[outcome.kind]++;
        }
      }),
    );
  } finally {
    for (const copy of copies) copy.remove();
  }
  const missing = count - totals.caught - totals.equivalent - totals.survived;
  console.log(
    `${totals.caught} caught by tests, ${totals.survived} survived, ${totals.equivalent} known as equivalent; ${totals.compiler} more did not compile${missing > 0 ? `; ${missing} not tried for lack of time` : ""}`,
  );
  return totals.survived === 0;
}

/** The changes of each room in the order in which they are drawn. */
async function drawnBy(seed: number, rooms: readonly string[]): Promise<readonly Candidate[][]> {
  const random = openRandom(seed);
  const paths = (room: string) => (room.endsWith(".ts") ? [room] : [...new Glob(`${room}/**/*.ts`).scanSync(ROOT)].sort());
  const trees = await parseProject(ROOT, rooms.flatMap(paths));
  return rooms.map((room) => {
    const all = paths(room).flatMap((path) => {
      const tree = trees.get(path);
      return tree === undefined ? [] : mutantsOf(tree).map((mutant): Candidate => ({ ...mutant, path, source: tree.text }));
    });
    return all
      .map((candidate) => ({ candidate, key: random() }))
      .sort((a, b) => a.key - b.key)
      .map(({ candidate }) => candidate);
  });
}

/** Takes changes until one compiles, and tries that. */
async function firstThatCompiles(trial: Trial, room: Candidate[], refused: () => void): Promise<Outcome | undefined> {
  for (let candidate = room.shift(); candidate !== undefined; candidate = room.shift()) {
    const begun = performance.now();
    const outcome = await tryOne(trial, candidate);
    if (outcome.kind === "compiler") refused();
    else {
      console.log(lineOf(candidate, outcome, (performance.now() - begun) / 1000));
      return outcome;
    }
  }
  return undefined;
}

async function tryOne({ copy, testsOf, limit }: Trial, { path, source, start, end, text }: Candidate): Promise<Outcome> {
  const file = join(copy.directory, path);
  writeFileSync(file, `${source.slice(0, start)}${text}${source.slice(end)}`);
  try {
    if (!(await copy.succeeds(["node_modules/.bin/tsc", "-p", "."]))) return { kind: "compiler" };
    const known = EQUIVALENT.find((each) => each.file === path && each.from === lineAround(source, start, end) && each.to === text);
    if (known !== undefined) return { kind: "equivalent", why: known.why };
    // Some tests run the executable.
    if (!(await copy.succeeds(["build.ts"]))) return { kind: "caught", by: "the build" };
    const [nearest, ...others] = testsOf(path);
    for (const some of [nearest === undefined ? [] : [nearest], others])
      if (some.length > 0 && !(await copy.succeeds(testing(some), limit)))
        return { kind: "caught", by: some === others ? "its room" : (nearest ?? "") };
    return { kind: "survived" };
  } finally {
    writeFileSync(file, source);
  }
}

function testing(tests: readonly string[]): readonly string[] {
  return ["test", "--timeout", "60000", "--bail=1", ...tests.map((path) => `./${path}`)];
}

/** A test that fails anyway would prove nothing. Returns how long all of them take, in milliseconds. */
async function checkUnchanged(
  copies: readonly ProjectCopy[],
  rooms: readonly Candidate[][],
  testsOf: (path: string) => readonly string[],
): Promise<number> {
  const tests = [...new Set(rooms.flatMap((room) => [...new Set(room.map(({ path }) => path))].flatMap(testsOf)))];
  await Promise.all(copies.map(({ succeeds }) => succeeds(["build.ts"])));
  const begun = performance.now();
  if (!(await copies[0]?.succeeds([...testing(tests), "--only-failures"], LIMIT, true))) throw new Error("The tests fail without a change");
  return performance.now() - begun;
}

function lineOf(candidate: Candidate, outcome: Outcome, seconds: number): string {
  const { path, source, start, end, text, kind } = candidate;
  const line = source.slice(0, start).split("\n").length;
  const word = outcome.kind === "survived" ? "SURVIVED" : outcome.kind;
  const change = `${oneLine(source.slice(start, end))} → ${oneLine(text)}`;
  const more =
    outcome.kind === "caught" ? outcome.by : outcome.kind === "equivalent" ? outcome.why : `in: ${lineAround(source, start, end)}`;
  return `${word.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s  ${path}:${line} ${kind}: ${change} (${more})`;
}

function oneLine(text: string): string {
  const flat = text.replace(/\s+/g, " ");
  return flat.length > 100 ? `${flat.slice(0, 97)}...` : flat || "nothing";
}

/** The changed text with the rest of its lines: enough to find it again after other lines have moved. */
function lineAround(source: string, start: number, end: number): string {
  const first = source.lastIndexOf("\n", start - 1) + 1;
  const last = source.indexOf("\n", end);
  return source
    .slice(first, last < 0 ? undefined : last)
    .replace(/\s+/g, " ")
    .trim();
}
