import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildWhenStale, EXECUTABLE } from "../../build/build-when-stale.ts";
import { sizesOf } from "../../build/sizes.ts";
import { getEnvoy } from "../../examples/get-envoy.ts";
import { TOOLS } from "../redirection/machine.ts";
import { costTable } from "./cost-table.ts";
import { IN_OWN_NETWORK } from "./isolation.ts";
import { measureExplain } from "./measure-explain.ts";
import { measureFloor, measurePushFloor } from "./measure-floor.ts";
import { measureHostile } from "./measure-hostile.ts";
import { measureIdle } from "./measure-idle.ts";
import { type MeshResult, measureMesh, meshSubjects } from "./measure-mesh.ts";
import { measureMetrics } from "./measure-metrics.ts";
import { measureRedirection, REDIRECTION_CASES } from "./measure-redirection.ts";
import { measureRestarts, type Restarts } from "./measure-restarts.ts";
import { measureStart } from "./measure-start.ts";
import { measureStop } from "./measure-stop.ts";
import { floorText, type Results, reportText } from "./report.ts";
import { createPrograms, createSubjects, type Programs, withoutStatus } from "./subjects.ts";

// A report, not a test: exit status 0 whatever the numbers are, 1 when a subject cannot be measured.
//   npm run bench [-- --json] [-- --start-only] [-- --mesh] [-- --long] [-- --floor]
//   --mesh            also sidecars in a mesh, with the real Envoy and the control plane of the tests, about half an hour
//   --floor           only what the runtime itself costs in a mesh, about three minutes
//   --long            also 100 hot restarts of the real Envoy, about five minutes
//   ATTACHE=path      the program to measure instead of dist/attache
//   PILOT_AGENT=path  a pilot-agent to compare with

/** A test that only checks that the command works uses fewer. */
const ROUNDS = Number(process.env["BENCH_ROUNDS"] ?? 30);
/** The README's table has the numbers of one run; nothing else repeats them. */
const README = "The table of README.md, Cost:";
const STOPS = 5;
/** The first of a process is reported separately, as its code is not compiled yet. */
const MERGES = 9;
const HOSTILE_SECONDS = Number(process.env["BENCH_HOSTILE_SECONDS"] ?? 45);
const MESH_RUNS = Number(process.env["BENCH_MESH_RUNS"] ?? 3);
const LATE_STARTS = Number(process.env["BENCH_LATE_STARTS"] ?? 15);
/** With most services; each takes eight seconds. The time for an RSA key varies so much that medians of 15 differ by a fifth by chance. */
const LARGE_STARTS = Number(process.env["BENCH_LARGE_STARTS"] ?? 40);
/** Its first is not counted. */
const REDIRECTIONS = 1 + Number(process.env["BENCH_REDIRECTIONS"] ?? 20);
const RESTARTS = 100;
// A single measurement proves nothing: the runtime's heap varies by some megabytes.
const LOOKS = [1, 20, 40, 60, 80, RESTARTS];

if (process.env["BENCH_IN_OWN_NETWORK"] === "1") console.log(await report(process.argv.slice(2)));
else process.exitCode = await isolated();

/** Runs this program again in an isolated network. */
async function isolated(): Promise<number> {
  if (process.env["ATTACHE"] === undefined) await buildWhenStale(console.error);
  const child = Bun.spawn([...IN_OWN_NETWORK, process.execPath, import.meta.path, ...process.argv.slice(2)], {
    // Where there is no way out it could not be fetched.
    env: {
      ...process.env,
      BENCH_IN_OWN_NETWORK: "1",
      ...((isLong(process.argv) || isMesh(process.argv)) && { ENVOY_PATH: await getEnvoy(console.error) }),
    },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return (await child.exited) === 0 ? 0 : 1;
}

async function report(args: readonly string[]): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "attache-bench-"));
  try {
    if (args.includes("--floor")) return floorText(await measureFloor(directory));
    const programs = await createPrograms(directory, process.env["ATTACHE"] ?? EXECUTABLE, process.env["PILOT_AGENT"]);
    const measured = await measure(directory, programs, args.includes("--start-only"));
    const results = {
      ...measured,
      ...(isMesh(args) && {
        mesh: await inMesh(directory, programs),
        pushFloors: await measurePushFloor(directory, MESH_RUNS),
      }),
      ...(isLong(args) && { restarts: await restart(directory) }),
    };
    return args.includes("--json")
      ? JSON.stringify(plain(results), null, 2)
      : `${reportText(results)}\n${README}\n\n${costTable(results)}\n`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function measure(directory: string, programs: Programs, startOnly: boolean): Promise<Results> {
  const subjects = await createSubjects(directory, programs);
  const runtime = `Bun ${Bun.version} itself`;
  const starts = await measureStart(directory, programs, subjects, ROUNDS);
  if (startOnly)
    return {
      subjects,
      starts,
      idle: new Map(),
      stops: new Map(),
      merges: new Map(),
      hostile: new Map(),
      sizes: new Map(),
      explanations: new Map(),
      redirections: [],
      runtime,
    };
  const idle = await measureIdle(
    directory,
    subjects
      .filter(({ kind, syntax }) => kind !== "effects" && syntax === "JSON")
      .flatMap((subject) => [subject, ...withoutStatus(subject)]),
  );
  // pilot-agent kills its Envoy, which cannot report when.
  const stops = await measureStop(
    directory,
    subjects.filter(({ kind, syntax }) => kind === "attache" && syntax === "JSON"),
    STOPS,
  );
  const merges = await measureMetrics(
    directory,
    subjects.filter(({ kind, syntax }) => (kind === "attache" || kind === "pilot-agent") && syntax === "JSON"),
    MERGES,
  );
  const hostile = await measureHostile(
    directory,
    subjects.filter(
      ({ kind, profile, syntax }) => profile === "istio-1.30" && (kind === "attache" || kind === "pilot-agent") && syntax === "JSON",
    ),
    HOSTILE_SECONDS,
  );
  const missing = TOOLS.filter((tool) => Bun.which(tool) === null);
  if (missing.length > 0) console.error(`Not measured for lack of ${missing.join(", ")}: istio-iptables`);
  const redirections = await measureRedirection(
    missing.length > 0 ? [] : REDIRECTION_CASES,
    directory,
    { attache: programs.attache, ...(programs.pilotAgent && { "pilot-agent": programs.pilotAgent }) },
    REDIRECTIONS,
  );
  const files = {
    attache: programs.attache,
    [runtime]: process.execPath,
    ...(programs.pilotAgent && { "pilot-agent": programs.pilotAgent }),
  };
  return {
    subjects,
    starts,
    idle,
    stops,
    merges,
    hostile,
    redirections,
    explanations: measureExplain(programs.attache, ROUNDS),
    sizes: new Map(Object.entries(files).map(([name, path]) => [name, sizesOf(path)])),
    runtime,
  };
}

function isMesh(args: readonly string[]): boolean {
  return args.includes("--mesh");
}

function isLong(args: readonly string[]): boolean {
  return args.includes("--long");
}

async function restart(directory: string): Promise<readonly Restarts[]> {
  const attache = process.env["ATTACHE"] ?? EXECUTABLE;
  return measureRestarts(directory, { attache, envoy: await getEnvoy(console.error), total: RESTARTS, looks: LOOKS });
}

async function inMesh(directory: string, { attache, pilotAgent }: Programs): Promise<ReadonlyMap<string, MeshResult>> {
  const envoy = await getEnvoy(console.error);
  return measureMesh({
    directory,
    envoy,
    subjects: meshSubjects(attache, pilotAgent),
    starts: ROUNDS,
    lateStarts: LATE_STARTS,
    largeStarts: LARGE_STARTS,
    runs: MESH_RUNS,
  });
}

function plain({ starts, idle, stops, merges, hostile, sizes, redirections, explanations, mesh, pushFloors, restarts }: Results): object {
  return {
    starts: Object.fromEntries(starts),
    idle: Object.fromEntries(idle),
    stops: Object.fromEntries(stops),
    merges: Object.fromEntries(merges),
    hostile: Object.fromEntries(hostile),
    sizes: Object.fromEntries(sizes),
    redirections,
    explanations: Object.fromEntries(explanations),
    ...(mesh && { mesh: Object.fromEntries(mesh), pushFloors }),
    ...(restarts && { restarts }),
  };
}
