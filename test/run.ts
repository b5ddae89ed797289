import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Glob } from "bun";
import { TOOLS as CONTAINER_TOOLS } from "./container/engine.ts";
import { TOOLS as PODS_TOOLS } from "./pods/enter.ts";
import { TOOLS as REDIRECTION_TOOLS } from "./redirection/machine.ts";
import { CHROMIUM } from "./support/chromium.ts";
import { failureReport } from "./support/failure-report.ts";
import { junitTotals, type Totals } from "./support/junit-totals.ts";
import { ROOT } from "./support/subject.ts";
import { sweep } from "./support/sweep.ts";

/**
 * Runs every check of the project, two at a time, and prints what each took.
 * `bun test/run.ts` all of it; `quick` what needs neither a build nor Envoy; `long` also every generated case on the
 * binary and what runs for a long time (test/long); `container` only the image; `endurance` only that, for half an hour
 * or the minutes of a further word, with `mesh` in a mesh. With `--list` the steps are only named.
 */
interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Steps that must have passed before. */
  readonly after?: readonly string[];
  /** Whether bun's test runner counts for itself; any other step counts as one check. */
  readonly counts?: boolean;
  readonly quick?: boolean;
  /** Programs without which the step is left out, but fails in CI (variable CI), where every step has to run. */
  readonly tools?: readonly string[];
  readonly long?: boolean;
}

const work = mkdtempSync(join(tmpdir(), "attache-test-"));
process.on("exit", () => rmSync(work, { recursive: true, force: true }));
const bun = process.execPath;
const isApart = (path: string) =>
  /^test\/(scenarios|host|binary|envoy|endurance|container|kubernetes|long|pods|redirection)\/|^test\/conformance\/(binary|status|iptables)\.test|^test\/documents\/commands/.test(
    path,
  );
const files = [...new Glob("test/**/*.test.ts").scanSync(ROOT)].sort();
const filesIn = (pattern: RegExp) => files.filter((path) => pattern.test(path)).map((path) => `./${path}`);

const STEPS: readonly Step[] = [
  { name: "build", command: [bun, "build.ts"] },
  { name: "types", command: [join(ROOT, "node_modules/.bin/tsc"), "-p", "."], quick: true },
  { name: "types of the page", command: [join(ROOT, "node_modules/.bin/tsc"), "-p", "src/explain/page/browser"], quick: true },
  { name: "lint", command: [join(ROOT, "node_modules/.bin/biome"), "check", "--error-on-warnings", "."], quick: true },
  { name: "pure code", command: testing(files.filter((path) => !isApart(path)).map((path) => `./${path}`)), counts: true, quick: true },
  { name: "containers", command: testing(filesIn(/^test\/container\//)), after: ["build"], counts: true, tools: CONTAINER_TOOLS },
  { name: "recorded cases on the binary", command: testing(filesIn(/^test\/conformance\/binary/)), after: ["build"], counts: true },
  { name: "status cases on the binary", command: testing(filesIn(/^test\/conformance\/status\.test/)), after: ["build"], counts: true },
  {
    name: "iptables cases on the binary",
    command: testing(filesIn(/^test\/conformance\/iptables\.test/)),
    after: ["build"],
    counts: true,
    tools: REDIRECTION_TOOLS,
  },
  { name: "scenarios", command: testing(filesIn(/^test\/(scenarios|host)\/|^test\/documents\/commands/)), after: ["build"], counts: true },
  { name: "hardening and build", command: testing(filesIn(/^test\/binary\//)), after: ["build"], counts: true },
  { name: "real Envoy", command: testing(filesIn(/^test\/envoy\//)), after: ["build"], counts: true },
  {
    name: "redirection of traffic",
    command: testing(filesIn(/^test\/redirection\//)),
    after: ["build"],
    counts: true,
    tools: REDIRECTION_TOOLS,
  },
  {
    name: "pods of a mesh",
    command: [bun, "test/pods/run.ts", "short"],
    after: ["build"],
    counts: true,
    tools: PODS_TOOLS,
  },
  { name: "release", command: testing(filesIn(/^test\/long\/release/)), after: ["build"], counts: true, long: true },
  {
    name: "image built again, and by BuildKit",
    command: testing(filesIn(/^test\/long\/(image|buildkit)/)),
    after: ["containers"],
    counts: true,
    tools: CONTAINER_TOOLS,
    long: true,
  },
  {
    name: "page of explain in a browser",
    command: testing(filesIn(/^test\/long\/page/)),
    after: ["build"],
    counts: true,
    tools: [CHROMIUM],
    long: true,
  },
  { name: "mutations", command: [bun, "test/mutations/run.ts"], long: true },
  {
    name: "what is left that takes long",
    command: testing(filesIn(/^test\/long\/(?!release|image|buildkit|page)/)),
    after: ["build"],
    counts: true,
    long: true,
  },
  { name: "endurance", command: testing(filesIn(/^test\/endurance\/[^/]+$/)), after: ["build"], counts: true, long: true },
  {
    name: "endurance in a mesh",
    command: [bun, "test/pods/run.ts", "short", ...filesIn(/^test\/endurance\/mesh\//)],
    after: ["build"],
    counts: true,
    tools: PODS_TOOLS,
    long: true,
  },
  { name: "first command in a clean clone", command: ["bash", "test/support/first-command.sh", join(work, "clone")] },
];

const args = process.argv.slice(2);
const [mode, ...more] = args.filter((word) => !word.startsWith("--"));
if (mode === "long") process.env["ATTACHE_ALL_CASES"] = "1";
/** Modes that run the build and one step alone. */
const ALONE = new Map([
  ["container", "containers"],
  ["endurance", "endurance"],
]);
const alone = more.includes("mesh") ? "endurance in a mesh" : ALONE.get(mode ?? "");
if (mode === "endurance") process.env["ATTACHE_ENDURANCE_MINUTES"] ??= more.find((word) => word !== "mesh") ?? "30";
const wanted = STEPS.filter(({ quick, long }) => (mode === "quick" ? quick : alone !== undefined || mode === "long" || !long))
  .filter(({ name }) => alone === undefined || name === "build" || name === alone)
  .filter((step) => args.includes("--list") || isPossible(step));
if (args.includes("--list")) {
  console.log(wanted.map(({ name }) => name).join("\n"));
  process.exit(0);
}
sweep();
const started = performance.now();
const outcomes = await runAll(wanted, 2);
const total = [...outcomes.values()].reduce(
  (sum, each) => ({ passed: sum.passed + each.passed, failed: sum.failed + each.failed, skipped: sum.skipped + each.skipped }),
  { passed: 0, failed: 0, skipped: 0 },
);
console.log(`\n${seconds(started)} s in all`);
console.log(`${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exit(total.failed === 0 && outcomes.size === wanted.length ? 0 : 1);

/** Whether a step's programs are there; where everything has to run it is wanted all the same, and fails. */
function isPossible({ name, tools = [] }: Step): boolean {
  const missing = tools.filter((tool) => Bun.which(tool) === null);
  if (tools.length > 0 && process.getuid?.() !== 0) missing.push("root's rights");
  if (missing.length === 0 || process.env["CI"] || mode === "container") return true;
  console.log(`not run: ${name}, for lack of ${missing.join(", ")}`);
  return false;
}

function testing(paths: readonly string[]): readonly string[] {
  return [bun, "test", "--timeout", "180000", ...paths];
}

/** Runs steps in their order, `width` at a time; one whose precondition failed fails too. */
async function runAll(steps: readonly Step[], width: number): Promise<ReadonlyMap<string, Totals>> {
  const done = new Map<string, Totals>();
  const waiting = [...steps];
  const running = new Set<Promise<void>>();
  while (waiting.length > 0 || running.size > 0) {
    const next = waiting.findIndex(({ after = [] }) => after.every((name) => done.has(name) || !steps.some((step) => step.name === name)));
    if (running.size < width && next >= 0) {
      const [step] = waiting.splice(next, 1);
      if (step === undefined) continue;
      const isBlocked = (step.after ?? []).some((name) => (done.get(name)?.failed ?? 0) > 0);
      const end = (isBlocked ? Promise.resolve(blocked(step)) : runStep(step)).then((outcome) => {
        done.set(step.name, outcome);
        running.delete(end);
      });
      running.add(end);
    } else await Promise.race(running);
  }
  return done;
}

function blocked(step: Step): Totals {
  console.log(`${step.name}: not run, as ${step.after?.join(", ")} failed`);
  return { passed: 0, failed: 1, skipped: 0 };
}

/** Runs one step; of its output is shown why it failed, and all of it for one that runs alone. */
async function runStep(step: Step): Promise<Totals> {
  const startedAt = performance.now();
  const [report = "", log = ""] = ["xml", "log"].map((ending) => join(work, `${step.name.replaceAll(" ", "-")}.${ending}`));
  const command = step.counts ? [...step.command, "--reporter=junit", `--reporter-outfile=${report}`] : step.command;
  // By itself a child gets the variables this process was started with, without those that were set since.
  // Both streams in one file, so that what a test has printed is beside its error.
  const output = openSync(log, "a");
  const stdout = step.name === alone ? "inherit" : output;
  const child = Bun.spawn([...command], { cwd: ROOT, env: process.env, stdio: ["ignore", stdout, output] });
  const code = await child.exited;
  closeSync(output);
  const outcome = step.counts ? junitTotals(report, code) : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const isFailed = code !== 0 || outcome.failed > 0;
  console.log(
    `${isFailed ? "FAIL" : "ok  "} ${step.name.padEnd(34)} ${seconds(startedAt).padStart(6)} s  ${outcome.passed} passed, ${outcome.failed} failed`,
  );
  if (isFailed) console.log(failureReport(readFileSync(log, "utf8")));
  return outcome;
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}
