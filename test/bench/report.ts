import type { Sizes } from "../../build/sizes.ts";
import { EXPLAIN_CASES, type ExplainRun } from "./measure-explain.ts";
import type { Floors, PushFloors } from "./measure-floor.ts";
import type { Crash, Hostile } from "./measure-hostile.ts";
import type { Idle } from "./measure-idle.ts";
import type { InMesh, MeshResult } from "./measure-mesh.ts";
import type { Merge } from "./measure-metrics.ts";
import type { RedirectionResult } from "./measure-redirection.ts";
import type { Restarts } from "./measure-restarts.ts";
import type { Start } from "./measure-start.ts";
import type { Stop } from "./measure-stop.ts";
import { PUSHES } from "./pushes.ts";
import type { Subject } from "./subjects.ts";

/** All results of a benchmark run. */
export interface Results {
  readonly subjects: readonly Subject[];
  readonly starts: ReadonlyMap<string, readonly Start[]>;
  readonly idle: ReadonlyMap<string, Idle>;
  readonly stops: ReadonlyMap<string, readonly Stop[]>;
  readonly merges: ReadonlyMap<string, readonly Merge[]>;
  readonly hostile: ReadonlyMap<string, Hostile | Crash>;
  readonly sizes: ReadonlyMap<string, Sizes>;
  readonly redirections: readonly RedirectionResult[];
  /** Commands about the pod of a full sidecar. */
  readonly explanations: ReadonlyMap<string, readonly ExplainRun[]>;
  /** Only with --mesh. */
  readonly mesh?: ReadonlyMap<string, MeshResult>;
  /** What the pushes of a route cost programs that do less than an agent must; only with --mesh. */
  readonly pushFloors?: PushFloors;
  /** After some of many hot restarts; only with --long. */
  readonly restarts?: readonly Restarts[];
  /** Name of Bun's own executable among the sizes. */
  readonly runtime: string;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.slice(Math.floor((sorted.length - 1) / 2), Math.floor(sorted.length / 2) + 1);
  return {
    median: middle.reduce((sum, each) => sum + each, 0) / middle.length,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
  };
}

/** Formats the results for people. */
export function reportText(results: Results): string {
  const rounds = results.starts.get(results.subjects[0]?.name ?? "")?.length ?? 0;
  return [
    ...table([`Start, ms (${rounds} runs, in turn)`, "median", "min", "max", "× bare", "CPU", "min", "max", "× bare"], startRows(results)),
    ...table(["Idle", "private dirty MB", "3 s after start", "peak RSS MB", "RSS MB", "threads", "wake-ups in 10 s"], idleRows(results)),
    ...table(["Hot restarts", "private dirty MB", "descriptors"], restartRows(results)),
    ...table(["Sidecar in a mesh, ms from exec to ready", "median", "min", "max"], spreadRows(results, "ready")),
    ...table(["… from Envoy's exec, started 3 s late, to ready", "median", "min", "max"], spreadRows(results, "late")),
    ...table(["… 4,008 clusters, CPU ms until ready + 5 s", "median", "min", "max"], spreadRows(results, "cpu")),
    ...table(
      [
        "Sidecar in a mesh",
        "clusters",
        "private dirty MB at rest",
        "wake-ups in 10 s",
        "CPU ms until ready + 5 s",
        "peak MB of the clusters, three times",
        `CPU ms of ${PUSHES} pushes: clusters`,
        "a route",
      ],
      meshRows(results),
    ),
    ...table(["SIGTERM, ms beyond the drain of 5 s", "SIGTERM to Envoy", "agent's exit"], stopRows(results)),
    ...table(
      ["Metrics, 97,000 + 100,000 lines", "merge ms", "the first", "CPU ms", "peak extra RSS MB", "probe ms", "slowest"],
      mergeRows(results),
    ),
    ...table(["Hostile clients", "requests", "peak RSS MB above idle", "20 s later", "probe ms", "p99", "failed"], hostileRows(results)),
    ...table(["istio-iptables, ms from exec to exit (in turn)", "median", "min", "max", "CPU"], redirectionRows(results)),
    ...table(["A full sidecar's pod, ms from exec to exit (in turn)", "median", "min", "max", "CPU"], explainRows(results)),
    ...table(
      ["Size, MB", "raw", "gzip -6", "zstd -3"],
      [...results.sizes].map(([name, { raw, gzip, zstd }]) => [name, ...[raw, gzip, zstd].map(decimals(1))]),
    ),
    ...table(["Budget", "measured", "at most", ""], budgetRows(results)),
  ].join("\n");
}

/** Formats what the runtime itself costs in a mesh. */
export function floorText({ programs, protocol }: Floors): string {
  const head = ["A program of the runtime with", "private dirty MB", "wake-ups in 10 s", `CPU ms of ${PUSHES} messages`, "MB afterwards"];
  const rows = programs.map(({ what, privateDirty, wakeUps, cpu, afterMessages }) => [
    what,
    decimals(1)(privateDirty),
    String(wakeUps),
    decimals(0)(cpu),
    decimals(1)(afterMessages),
  ]);
  const [interpreted, compiled] = [protocol.interpreted, protocol.compiled].map(decimals(0));
  return [
    ...table(head, rows),
    `HTTP/2, gRPC and the xDS proxy add ${interpreted} ms in the interpreter, ${compiled} ms when compiled before.`,
  ].join("\n");
}

function startRows({ subjects, starts }: Results): readonly (readonly string[])[] {
  const of = (subject: Subject, what: keyof Start) => spreadOf((starts.get(subject.name) ?? []).map((start) => start[what]));
  const bare = subjects.find(({ kind }) => kind === "bare");
  return subjects.map((subject) => [
    subject.name,
    ...(["wall", "cpu"] as const).flatMap((what) => {
      const { median, min, max } = of(subject, what);
      return [...[median, min, max, bare === undefined ? Number.NaN : median / of(bare, what).median].map(decimals(2))];
    }),
  ]);
}

function idleRows({ idle }: Results): readonly (readonly string[])[] {
  return [...idle].map(([name, { privateDirty, afterStart, peakResident, resident, threads, wakeUps }]) => [
    name,
    ...[privateDirty, afterStart, peakResident, resident].map(decimals(1)),
    String(threads),
    String(wakeUps),
  ]);
}

function restartRows({ restarts = [] }: Results): readonly (readonly string[])[] {
  return restarts.map(({ count, privateDirty, descriptors }) => [`after ${count}`, decimals(1)(privateDirty), String(descriptors)]);
}

function spreadRows({ mesh = new Map() }: Results, what: "ready" | "late" | "cpu"): readonly (readonly string[])[] {
  const started = [...mesh].filter(([, { [what]: starts }]) => starts.length > 0);
  return started.map(([name, { [what]: starts }]) => {
    const { median, min, max } = spreadOf(starts);
    return [`${name} (${starts.length} starts, in turn)`, ...[median, min, max].map(decimals(0))];
  });
}

function meshRows({ mesh = new Map() }: Results): readonly (readonly string[])[] {
  return [...mesh].flatMap(([name, { runs }]) =>
    [...Map.groupBy(runs, ({ clusters }) => clusters)].map(([clusters, each]) => {
      const of = (what: Exclude<keyof InMesh, "peaks">, digits: number) => decimals(digits)(spreadOf(each.map((run) => run[what])).median);
      const peaks = (each[0]?.peaks ?? []).map((_, time) => decimals(1)(spreadOf(each.map((run) => run.peaks[time] ?? Number.NaN)).median));
      const isLargest = peaks.length > 0;
      return [
        name,
        String(clusters),
        of("privateDirty", 1),
        of("wakeUps", 0),
        of("cpu", 0),
        peaks.join(" "),
        ...(isLargest ? [of("clusterPushes", 0), of("routePushes", 0)] : ["", ""]),
      ];
    }),
  );
}

function stopRows({ stops }: Results): readonly (readonly string[])[] {
  return [...stops].map(([name, each]) => [
    name,
    ...(["signalled", "ended"] as const).map((what) => decimals(1)(spreadOf(each.map((stop) => stop[what])).median)),
  ]);
}

function mergeRows({ merges }: Results): readonly (readonly string[])[] {
  return [...merges].map(([name, each]) => {
    const probes = spreadOf(each.flatMap((merge) => merge.probes));
    const [wall, cpu] = (["wall", "cpu"] as const).map((what) => spreadOf(each.map((merge) => merge[what])).median);
    const times = [wall, each[0]?.wall, cpu].map((time = Number.NaN) => decimals(0)(time));
    return [name, ...times, ...[spreadOf(each.map(({ extra }) => extra)).max, probes.median, probes.max].map(decimals(1))];
  });
}

function hostileRows({ hostile }: Results): readonly (readonly string[])[] {
  return [...hostile].map(([name, result]) => {
    if ("crashed" in result) return [`${name}, crashed: ${result.crashed}`];
    const { sent, peak, after, probes } = result;
    const answered = probes.filter((each) => each >= 0).toSorted((a, b) => a - b);
    const p99 = answered[Math.floor(answered.length * 0.99)] ?? Number.NaN;
    return [name, String(sent), ...[peak, after, spreadOf(answered).median, p99].map(decimals(1)), String(probes.length - answered.length)];
  });
}

function redirectionRows({ redirections }: Results): readonly (readonly string[])[] {
  return redirections.flatMap(({ programs, ports, runs }) =>
    Object.entries(runs).map(([name, each]) => {
      const { median, min, max } = spreadOf(each.map(({ wall }) => wall));
      const cpu = spreadOf(each.map((run) => run.cpu)).median;
      return [`${name}, ${programs} programs, ${ports} excluded ports`, ...[median, min, max, cpu].map(decimals(1))];
    }),
  );
}

function explainRows({ explanations }: Results): readonly (readonly string[])[] {
  return [...explanations].map(([name, runs]) => {
    const { median, min, max } = spreadOf(runs.map(({ wall }) => wall));
    return [name, ...[median, min, max, spreadOf(runs.map(({ cpu }) => cpu)).median].map(decimals(0))];
  });
}

/** Returns the budgets (docs/performance.md) beside the measurements; unmeasured ones are omitted. */
function budgetRows(results: Results): readonly (readonly string[])[] {
  const { subjects, starts, idle, stops, merges, hostile, sizes, runtime } = results;
  const median = (subject: Subject | undefined, what: keyof Start) =>
    subject === undefined ? Number.NaN : spreadOf((starts.get(subject.name) ?? []).map((start) => start[what])).median;
  const peer = subjects.find(({ kind }) => kind === "pilot-agent");
  const row = (what: string, measured: number, limit: number, unit: string): readonly (readonly string[])[] =>
    Number.isNaN(measured) ? [] : [[what, `${decimals(2)(measured)}${unit}`, `${limit}${unit}`, measured <= limit ? "ok" : "over"]];
  const underAttack = (name: string, what: "peak" | "after") => {
    const result = hostile.get(name);
    // One that has crashed exceeds every limit.
    return result === undefined ? Number.NaN : "crashed" in result ? Number.POSITIVE_INFINITY : result[what];
  };
  const mergeMedian = (name: string) => spreadOf((merges.get(name) ?? []).map(({ wall }) => wall)).median;
  const own = subjects.filter(({ kind, syntax }) => kind === "attache" && syntax === "JSON");
  return [
    ...own.flatMap((subject) => row(`start of ${subject.name} (quiet machine)`, median(subject, "wall"), 10.5, " ms")),
    ...own
      .filter(({ profile }) => profile === peer?.profile)
      .flatMap((subject) => [
        ...row(`start of ${subject.name} / pilot-agent`, median(subject, "wall") / median(peer, "wall"), 0.45, " ×"),
        ...row(`metrics merge of ${subject.name} / pilot-agent`, mergeMedian(subject.name) / mergeMedian(peer?.name ?? ""), 1, " ×"),
        ...row(`CPU of ${subject.name} / pilot-agent`, median(subject, "cpu") / median(peer, "cpu"), 0.33, " ×"),
      ]),
    ...own.flatMap(({ name }) => [
      ...row(`private dirty memory of ${name} when idle`, idle.get(name)?.privateDirty ?? Number.NaN, 4, " MB"),
      ...row(`stop of ${name} beyond its drain`, spreadOf((stops.get(name) ?? []).map(({ ended }) => ended)).median, 100, " ms"),
      ...row(`metrics merge of ${name}, extra memory`, spreadOf((merges.get(name) ?? []).map(({ extra }) => extra)).max, 5, " MB"),
      ...row(`slowest probe of ${name} during a merge`, spreadOf((merges.get(name) ?? []).flatMap(({ probes }) => probes)).max, 10, " ms"),
      ...row(`hostile clients of ${name}, memory at the peak`, underAttack(name, "peak"), 24, " MB"),
      ...row(`hostile clients of ${name}, memory 20 s later`, underAttack(name, "after"), 4, " MB"),
      ...row(`wake-ups of ${name} in 10 s`, idle.get(name)?.wakeUps ?? Number.NaN, 5, ""),
    ]),
    ...results.redirections.flatMap(({ programs, ports, runs }) => {
      const of = (name: string) => spreadOf((runs[name] ?? []).map(({ wall }) => wall)).median;
      return row(`istio-iptables / pilot-agent, ${programs} programs, ${ports} excluded ports`, of("attache") / of("pilot-agent"), 1, " ×");
    }),
    ...EXPLAIN_CASES.flatMap(({ name, limit }) =>
      row(`${name} (quiet machine)`, spreadOf((results.explanations.get(name) ?? []).map(({ wall }) => wall)).median, limit, " ms"),
    ),
    ...meshBudgetRows(results, row),
    ...(["raw", "gzip", "zstd"] as const).flatMap((form) =>
      row(
        `${form} size beyond Bun's own`,
        (sizes.get("attache")?.[form] ?? Number.NaN) - (sizes.get(runtime)?.[form] ?? Number.NaN),
        5.5,
        " MB",
      ),
    ),
    ...(peer === undefined ? [["(PILOT_AGENT=path compares with that program)", "", "", ""]] : []),
  ];
}

type BudgetRow = (what: string, measured: number, limit: number, unit: string) => readonly (readonly string[])[];

/** Returns the budgets of an agent in a mesh. */
function meshBudgetRows(results: Results, row: BudgetRow): readonly (readonly string[])[] {
  const { mesh = new Map<string, MeshResult>(), subjects, starts, pushFloors } = results;
  const [own, peer] = [mesh.get("attache"), mesh.get("pilot-agent")];
  const bare = subjects.find(({ kind }) => kind === "bare");
  const floorOfStart = spreadOf((starts.get(bare?.name ?? "") ?? []).map(({ wall }) => wall)).median + spreadOf(own?.late ?? []).median;
  /** What would be left if attache itself took no time. */
  const floor = (what: string, measured: number) =>
    Number.isNaN(measured) ? [] : [[`  (${what})`, `${decimals(2)(measured)} ×`, "", "without attache"]];
  const sizes = [...new Set(own?.runs.map(({ clusters }) => clusters))];
  const of = (result: MeshResult | undefined, what: (run: InMesh) => number, clusters = sizes.at(-1)) =>
    spreadOf((result?.runs ?? []).filter((run) => run.clusters === clusters).map(what)).median;
  const ratio = (what: (run: InMesh) => number) => of(own, what) / of(peer, what);
  const floorOfPushes = (what: keyof PushFloors) => spreadOf(pushFloors?.[what] ?? []).median / of(peer, ({ routePushes }) => routePushes);
  const ofStarts = (what: "ready" | "cpu") => spreadOf(own?.[what] ?? []).median / spreadOf(peer?.[what] ?? []).median;
  return [
    ...row("in a mesh: ready / pilot-agent", ofStarts("ready"), 0.85, " ×"),
    ...floor("start of a bare program and of a late Envoy / pilot-agent", floorOfStart / spreadOf(peer?.ready ?? []).median),
    ...sizes.flatMap((clusters, index) =>
      row(
        `… private dirty memory, ${clusters} clusters`,
        of(own, ({ privateDirty }) => privateDirty, clusters),
        index === 0 ? 8 : 10,
        " MB",
      ),
    ),
    ...row(
      "… peak memory / pilot-agent",
      ratio(({ peaks }) => Math.max(...peaks)),
      1,
      " ×",
    ),
    ...row("… CPU until ready + 5 s / pilot-agent", ofStarts("cpu"), 1, " ×"),
    ...row(
      `… CPU of ${PUSHES} pushes of all clusters / pilot-agent`,
      ratio(({ clusterPushes }) => clusterPushes),
      0.6,
      " ×",
    ),
    ...row(
      `… CPU of ${PUSHES} changes of a route / pilot-agent`,
      ratio(({ routePushes }) => routePushes),
      0.6,
      " ×",
    ),
    ...floor("a program that only passes the bytes / pilot-agent", floorOfPushes("bytes")),
    ...floor("… and takes frames apart and makes new ones / pilot-agent", floorOfPushes("frames")),
    ...row("… wake-ups in 10 s, any size", Math.max(...sizes.map((clusters) => of(own, ({ wakeUps }) => wakeUps, clusters))), 10, ""),
  ];
}

function decimals(digits: number): (value: number) => string {
  return (value) => value.toFixed(digits);
}

/** Formats rows as columns, the first left-aligned; nothing without rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart((widths[column] ?? 0) + 2)))
      .join("")
      .trimEnd();
  return [line(head), "-".repeat(line(head).length), ...rows.map(line), ""];
}
