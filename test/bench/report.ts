import type { Sizes } from "../../build/sizes.ts";
import type { Hostile } from "./measure-hostile.ts";
import type { Idle } from "./measure-idle.ts";
import type { Merge } from "./measure-metrics.ts";
import type { Restarts } from "./measure-restarts.ts";
import type { Start } from "./measure-start.ts";
import type { Stop } from "./measure-stop.ts";
import type { Subject } from "./subjects.ts";

/** All results of a benchmark run. */
export interface Results {
  readonly subjects: readonly Subject[];
  readonly starts: ReadonlyMap<string, readonly Start[]>;
  readonly idle: ReadonlyMap<string, Idle>;
  readonly stops: ReadonlyMap<string, readonly Stop[]>;
  readonly merges: ReadonlyMap<string, readonly Merge[]>;
  readonly hostile: ReadonlyMap<string, Hostile>;
  readonly sizes: ReadonlyMap<string, Sizes>;
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
    ...table(["SIGTERM, ms beyond the drain of 5 s", "SIGTERM to Envoy", "agent's exit"], stopRows(results)),
    ...table(
      ["Metrics, 97,000 + 100,000 lines", "merge ms", "the first", "CPU ms", "peak extra RSS MB", "probe ms", "slowest"],
      mergeRows(results),
    ),
    ...table(["Hostile clients", "requests", "peak RSS MB above idle", "20 s later", "probe ms", "p99", "failed"], hostileRows(results)),
    ...table(
      ["Size, MB", "raw", "gzip -6", "zstd -3"],
      [...results.sizes].map(([name, { raw, gzip, zstd }]) => [name, ...[raw, gzip, zstd].map(decimals(1))]),
    ),
    ...table(["Budget", "measured", "at most", ""], budgetRows(results)),
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
  return [...hostile].map(([name, { sent, peak, after, probes }]) => {
    const answered = probes.filter((each) => each >= 0).toSorted((a, b) => a - b);
    const p99 = answered[Math.floor(answered.length * 0.99)] ?? Number.NaN;
    return [name, String(sent), ...[peak, after, spreadOf(answered).median, p99].map(decimals(1)), String(probes.length - answered.length)];
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
      ...row(`hostile clients of ${name}, memory at the peak`, hostile.get(name)?.peak ?? Number.NaN, 24, " MB"),
      ...row(`hostile clients of ${name}, memory 20 s later`, hostile.get(name)?.after ?? Number.NaN, 4, " MB"),
      ...row(`wake-ups of ${name} in 10 s`, idle.get(name)?.wakeUps ?? Number.NaN, 5, ""),
    ]),
    ...(["raw", "gzip", "zstd"] as const).flatMap((form) =>
      row(
        `${form} size beyond Bun's own`,
        (sizes.get("attache")?.[form] ?? Number.NaN) - (sizes.get(runtime)?.[form] ?? Number.NaN),
        4,
        " MB",
      ),
    ),
    ...(peer === undefined ? [["(PILOT_AGENT=path compares with that program)", "", "", ""]] : []),
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
