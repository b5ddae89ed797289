import type { FlagTable, FlagValues } from "../cli/flag.ts";
import { milliseconds, parseDuration } from "../go/duration.ts";
import { parseBool, unsignedInteger } from "../go/number.ts";
import type { Environment } from "../inputs/environment.ts";

/** How a release reads the variables of its flags. */
export interface VariableRule {
  /** Returns the variables of a flag; a later one takes precedence. */
  readonly variablesOf: (flag: string) => readonly string[];
  /** Whether a variable that is set to nothing counts. */
  readonly countsEmpty: boolean;
}

/** Reads settings: a flag that is given takes precedence over its variables. */
export interface SettingReader {
  readonly text: (flag: string) => string;
  readonly bool: (flag: string) => boolean;
  /** Returns a port; 0 for a variable without a number, 65535 for a larger one. */
  readonly port: (flag: string) => number;
  /** Returns milliseconds; 0 for a variable without a duration. */
  readonly time: (flag: string) => number;
}

/** Returns a reader for the flags of a release. Invalid variables are not reported, as upstream. */
export function settingReader(flags: FlagValues<FlagTable>, environment: Environment, rule: VariableRule): SettingReader {
  const text = (flag: string): string => {
    if (flags.given(flag)) return flags.string(flag);
    const set = rule
      .variablesOf(flag)
      .map(environment.lookup)
      .filter((value) => value !== undefined && (value !== "" || rule.countsEmpty));
    return set.at(-1) ?? flags.string(flag);
  };
  return {
    text,
    bool(flag) {
      const parsed = parseBool(text(flag));
      return parsed.ok && parsed.value;
    },
    port(flag) {
      const parsed = unsignedInteger(text(flag), 0, 16);
      return typeof parsed === "bigint" ? Number(parsed) : parsed === "value out of range" ? 65_535 : 0;
    },
    time(flag) {
      const parsed = parseDuration(text(flag));
      return parsed.ok ? milliseconds(parsed.value) : 0;
    },
  };
}

/** Returns the usual variable of a flag: `PROXY_UID` for `proxy-uid`. */
export function variableNamed(flag: string): string {
  return flag.toUpperCase().replaceAll("-", "_");
}
