import type { Notice } from "./notice.ts";

/** A mistake in the command line: every wrong flag, role or argument, and a hint on how to fix it. */
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

/** Standard output cannot be written: the disk is full, or the reader closed the pipe. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  constructor(
    readonly reason: string,
    readonly isUnread: boolean,
  ) {
    super(`Cannot write to standard output: ${reason}`);
  }
}

/** Invalid settings: every problem found in one stage, and the exit status upstream uses (contract 1.6 §1.8, 1.30 §9.8). */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(
    readonly summary: string,
    readonly problems: readonly string[],
    readonly status: number = 255,
    /** Earlier warnings, one of which may be the cause. */
    readonly notices: readonly Notice[] = [],
  ) {
    super(oneLine(`${summary}: ${problems.join("; ")}`));
  }

  /** Returns the same error with earlier notices in front of its own. */
  withNotices(notices: readonly Notice[]): ConfigError {
    return new ConfigError(this.summary, this.problems, this.status, [...notices, ...this.notices]);
  }
}

/** Joins the lines of a message: one event is one line of the log. */
function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").trim();
}

/** Formats an error for a terminal: the hint first, then each problem on its own line. */
export function terminalText(error: Error): string {
  if (error instanceof UsageError) return [...(error.hint === undefined ? [] : [error.hint]), ...error.problems].join("\n");
  if (!(error instanceof ConfigError) || error.problems.length < 2) return error.message;
  return [`${error.summary}:`, ...error.problems.map((problem) => `  - ${problem}`)].join("\n");
}

/** Returns the message of anything thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Returns the message for an unexpected exception, with its stack. */
export function bugText(error: unknown): string {
  return `This is a bug in attache: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
