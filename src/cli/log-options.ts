import { bad, ok, type Parsed } from "../go/parsed.ts";
import { boolFlag, type FlagTable, type FlagValues, stringFlag } from "./flag.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "fatal", "none"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Where and how the agent writes its log. */
export interface LogOptions {
  /** `stdout`, `stderr` or file paths; empty: the command's default. */
  readonly targets: readonly string[];
  readonly json: boolean;
  /** The lowest level that is written. */
  readonly level: LogLevel;
}

/** Returns the log flags of both releases; the default level differs (contract 1.6 §1.3, 1.30 §1.2). */
export function logFlags(defaultLevel: string) {
  return [
    {
      name: "log_target",
      kind: "strings",
      default: "",
      help: "Where to write the log: stdout, stderr or a file; may be repeated (default for proxy: stderr)",
    },
    boolFlag("log_as_json", false, "Write one JSON object per line"),
    stringFlag("log_output_level", defaultLevel, "Comma-separated list of [scope:]level; levels are debug, info, warn, error, fatal, none"),
    stringFlag("log_stacktrace_level", "default:none", "Accepted for compatibility: comma-separated list of [scope:]level"),
    stringFlag("log_caller", "", "Accepted for compatibility: comma-separated list of scopes"),
  ] as const satisfies FlagTable;
}

/** The table of the log flags. */
export type LogFlags = ReturnType<typeof logFlags>;

/** The rules of a release for log levels and scopes (contract 1.6 §1.3, 1.30 §1.2). */
export interface LogLevelRule {
  /** Valid scopes; `all` ends the list. Absent: any scope is valid, unknown ones have no effect, and `all` is an ordinary scope. */
  readonly scopes?: readonly string[];
  /** Levels that apply before `log_output_level`, which then may be empty. */
  readonly base?: string;
  readonly badLevel: (item: string, level: string) => string;
}

/** Reads the log options from the flags. */
export function logOptions(values: FlagValues<LogFlags>, rule: LogLevelRule): Parsed<LogOptions> {
  const wanted = values.string("log_output_level");
  const level = levelOf(rule.base === undefined ? wanted : wanted === "" ? rule.base : `${rule.base},${wanted}`, rule);
  const stack = levelOf(values.string("log_stacktrace_level"), rule);
  if (!level.ok) return bad(`${level.error} (--log_output_level)`);
  if (!stack.ok) return bad(`${stack.error} (--log_stacktrace_level)`);
  const caller = unknownCaller(values.string("log_caller"), rule);
  if (caller !== undefined) return bad(`unknown scope '${caller}' specified (--log_caller)`);
  return ok({
    targets: values.strings("log_target").filter((target) => target !== ""),
    json: values.bool("log_as_json"),
    level: level.value,
  });
}

/** Returns the first unknown scope of `log_caller`, if the release has a list of scopes. */
function unknownCaller(text: string, { scopes }: LogLevelRule): string | undefined {
  const odd = scopes && text.split(",").find((scope) => scope !== "" && !scopes.includes(scope));
  return odd === "all" ? undefined : odd;
}

function levelOf(text: string, rule: LogLevelRule): Parsed<LogLevel> {
  let found: LogLevel = "info";
  for (const item of text.split(",")) {
    const parts = item.split(":");
    const scope = parts.length === 1 ? "default" : (parts[0] ?? "");
    const name = parts[parts.length - 1] ?? "";
    if (parts.length > 2) return bad(`invalid output level format '${item}'`);
    const level = LOG_LEVELS.find((each) => each === name);
    if (level === undefined) return bad(rule.badLevel(item, name));
    if (rule.scopes !== undefined && scope !== "all" && !rule.scopes.includes(scope)) return bad(`unknown scope '${scope}' specified`);
    if (scope === "all" && rule.scopes !== undefined) return ok(level);
    if (scope === "all" || scope === "default") found = level;
  }
  return ok(found);
}
