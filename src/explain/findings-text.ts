import type { Unknown } from "../pod/unknown.ts";
import { valueText } from "./explanation-text.ts";
import { type Cause, countFindings, type Finding } from "./finding.ts";

/** The answer of `validate`. */
export interface Report {
  /** What was validated. */
  readonly of: string;
  readonly profile: string;
  readonly title: string;
  readonly isOk: boolean;
  readonly envoy: { readonly path?: string; readonly version?: string; readonly checked: boolean; readonly why?: string };
  readonly findings: readonly Finding[];
  readonly unknowns: readonly Unknown[];
}

/** Returns a report as text. */
export function findingsText({ title, findings, envoy }: Report): string {
  const parts = [[title], ...findings.map(findingLines), [summary(findings, envoy)]];
  return `${parts.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function findingLines({ level, message, path, value, causes, notes }: Finding): readonly string[] {
  return [
    `${level}: ${message}`,
    ...(path === undefined ? [] : [`  at ${path}${value === undefined ? "" : `: ${valueText(value)}`}`]),
    ...causes.map((cause) => `  because of ${causeText(cause)}`),
    ...notes.map((note) => `  ${note}`),
  ];
}

function causeText({ input: { label, value }, at }: Cause): string {
  const where = at === undefined ? "" : `, ${placeText(at)}`;
  return `${value === "" ? label : `${label} = ${value}`}${where}`;
}

function placeText({ file, line, column }: NonNullable<Cause["at"]>): string {
  return `${file}${line === undefined ? "" : `:${line}${column === undefined ? "" : `:${column}`}`}`;
}

function summary(findings: readonly Finding[], { path, version, checked, why }: Report["envoy"]): string {
  const { error, warning, unknown } = countFindings(findings);
  const counts = [plural(error, "error"), plural(warning, "warning"), ...(unknown === 0 ? [] : [`${unknown} unknown`])].join(", ");
  return `${counts}; ${checked ? `checked by Envoy "${path}"${version === undefined ? "" : ` (${version}, not the proxy's own)`}` : `not checked by Envoy${why === undefined ? "" : `: ${why}`}`}`;
}

function plural(count: number, name: string): string {
  return `${count} ${name}${count === 1 ? "" : "s"}`;
}
