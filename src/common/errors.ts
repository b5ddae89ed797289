import type { Notice } from "./notice.ts";

/** The command line cannot be used: every mistake in flags, roles or arguments, and what helps. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly problems: readonly string[];
  constructor(
    problems: string | readonly string[],
    readonly hint?: string,
  ) {
    const all = typeof problems === "string" ? [problems] : problems;
    super(oneLine(all.join("; ") + (hint === undefined ? "" : ` (${hint})`)));
    this.problems = all;
  }
}

/** What was asked for cannot be printed: standard output is full, or its reader has gone. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  constructor(
    readonly reason: string,
    readonly isUnread: boolean,
  ) {
    super(`Cannot write to standard output: ${reason}`);
  }
}

/** Settings cannot be used; every problem of one stage, and the exit status upstream ends with (contract 1.6 §1.8, 1.30 §9.8). */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(
    readonly summary: string,
    readonly problems: readonly string[],
    readonly status: number = 255,
    /** What was only worth a warning until then, and may be the cause. */
    readonly notices: readonly Notice[] = [],
  ) {
    super(oneLine(`${summary}: ${problems.join("; ")}`));
  }

  /** Returns the same refusal with what had been noticed before it. */
  after(notices: readonly Notice[]): ConfigError {
    return new ConfigError(this.summary, this.problems, this.status, [...notices, ...this.notices]);
  }
}

/** A message of several problems is one event, and one event is one line of the log. */
function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}

/** Returns a refusal as a person reads it at a terminal: each problem on a line of its own, the hint before them, a reason last. */
export function terminalText(error: Error): string {
  if (error instanceof UsageError) return [...(error.hint === undefined ? [] : [error.hint]), ...error.problems].join("\n");
  if (!(error instanceof ConfigError) || error.problems.length < 2) return error.message;
  return [`${error.summary}:`, ...error.problems.map((problem) => `  - ${problem}`)].join("\n");
}

/** What an exception says of itself. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is said of an exception that nobody foresaw, with where it came from. */
export function bugText(error: unknown): string {
  return `This is a bug in attache: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
