import { type Results, spreadOf } from "./report.ts";
import { NO_STATUS, type Subject } from "./subjects.ts";

type Kind = Subject["kind"];
/** The columns of the table: attache, its runtime alone, and pilot-agent. */
const COLUMNS: readonly (readonly [title: string, kind: Kind])[] = [
  ["attache", "attache"],
  ["a bare Bun program", "bare"],
  ["pilot-agent", "pilot-agent"],
];

/** A row of the table: the measurement and its format; NaN if a program does not support it. */
interface Row {
  readonly title: string;
  readonly values: (results: Results, subject: Subject) => readonly number[];
  readonly digits: number;
}

const median = (results: Results, { name }: Subject, what: "wall" | "cpu") =>
  spreadOf((results.starts.get(name) ?? []).map((start) => start[what])).median;
const ofMerges = (results: Results, { name }: Subject, what: "median" | "max", of: "wall" | "extra" | "probes") =>
  spreadOf((results.merges.get(name) ?? []).flatMap((merge) => merge[of]))[what];
const sizeName = ({ kind }: Subject, { runtime }: Results) => (kind === "bare" ? runtime : kind);

export const COST_ROWS: readonly Row[] = [
  {
    title: "time from the agent's start to Envoy's, ms (median)",
    values: (results, subject) => [median(results, subject, "wall")],
    digits: 1,
  },
  { title: "CPU time until Envoy starts, ms (median)", values: (results, subject) => [median(results, subject, "cpu")], digits: 1 },
  { title: "private memory when idle, MB", values: ({ idle }, { name }) => [idle.get(name)?.privateDirty ?? Number.NaN], digits: 1 },
  { title: "wake-ups in 10 s when idle", values: ({ idle }, { name }) => [idle.get(name)?.wakeUps ?? Number.NaN], digits: 0 },
  {
    title: "time to merge 197,000 lines of metrics, ms (median)",
    values: (results, subject) => [ofMerges(results, subject, "median", "wall")],
    digits: 0,
  },
  { title: "peak memory of the merge, MB", values: (results, subject) => [ofMerges(results, subject, "max", "extra")], digits: 1 },
  { title: "slowest probe during the merge, ms", values: (results, subject) => [ofMerges(results, subject, "max", "probes")], digits: 0 },
  {
    title: "time to redirect a pod's traffic, ms (median)",
    values: ({ redirections }, { kind }) => {
      const usual = redirections.find(({ programs, ports }) => programs === "real" && ports === 1);
      return [spreadOf((usual?.runs[kind] ?? []).map(({ wall }) => wall)).median];
    },
    digits: 0,
  },
  {
    title: "size of the executable, MB: raw, gzip",
    values: (results, subject) => {
      const size = results.sizes.get(sizeName(subject, results));
      return [size?.raw ?? Number.NaN, size?.gzip ?? Number.NaN];
    },
    digits: 1,
  },
];

/** Formats the table of the README's section on cost from one run; cells without a measurement are empty. */
export function costTable(results: Results): string {
  const peer = results.subjects.find(({ kind }) => kind === "pilot-agent");
  const subjectOf = (wanted: Kind) =>
    results.subjects.find(
      ({ kind, syntax, profile, name }) =>
        kind === wanted &&
        syntax === "JSON" &&
        !name.endsWith(NO_STATUS) &&
        (kind === "bare" || profile === (peer?.profile ?? "istio-1.30")),
    );
  const cell = (row: Row, kind: Kind) => {
    const subject = subjectOf(kind);
    const values = subject === undefined ? [] : row.values(results, subject);
    return values.some(Number.isNaN) ? "" : values.map((value) => value.toFixed(row.digits)).join(", ");
  };
  return [
    `| | ${COLUMNS.map(([title]) => title).join(" | ")} |`,
    `|---|${COLUMNS.map(() => "---|").join("")}`,
    ...COST_ROWS.map((row) => `| ${row.title} | ${COLUMNS.map(([, kind]) => cell(row, kind)).join(" | ")} |`),
  ].join("\n");
}
