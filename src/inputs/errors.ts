/** The command line cannot be used: a person's mistake in flags, roles or arguments. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** What was asked for cannot be printed: standard output is full, or whoever read it has gone. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  constructor(
    readonly reason: string,
    readonly isUnread: boolean,
  ) {
    super(`Cannot write to standard output: ${reason}`);
  }
}

/** Settings cannot be used; every problem of one stage, and the exit status upstream ends with (spec 1.6 §1.8, 1.30 §9.8). */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
  constructor(
    readonly summary: string,
    readonly problems: readonly string[],
    readonly status: number = 255,
  ) {
    super([`${summary}:`, ...problems.map((problem) => `  - ${problem}`)].join("\n"));
  }
}

/** What an exception says of itself. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What is said of an exception that nobody foresaw, with where it came from. */
export function bugText(error: unknown): string {
  return `This is a bug in attache: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
