import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { copyOf } from "./vendor.ts";

/** What a stub of a program prints: the first answer whose pattern matches `PROGRAM ARGUMENTS`, or nothing. */
export interface Answer {
  readonly cmd: string;
  readonly stdout?: string;
  readonly stderr?: string;
  readonly exit?: number;
  /** Only the first calls. */
  readonly times?: number;
}

export interface Step {
  readonly args: readonly string[];
  readonly uid?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A recorded case. */
export interface IptablesCase {
  readonly name: string;
  readonly profile: string;
  readonly kind: "stub" | "real";
  readonly args?: readonly string[];
  readonly steps?: readonly Step[];
  readonly env?: Readonly<Record<string, string>>;
  /** The sets of programs that are there; the default is all. */
  readonly present?: readonly string[];
  readonly without?: readonly string[];
  readonly versions?: Readonly<Record<string, string>>;
  readonly answers?: readonly Answer[];
  readonly files?: Readonly<Record<string, string>>;
  readonly interfaces?: Readonly<Record<string, readonly string[]>>;
  readonly before?: readonly string[];
  readonly watchFiles?: readonly string[];
  readonly compare?: readonly string[];
  readonly expect: {
    readonly exit: number | readonly number[];
    readonly commands?: readonly Command[];
    readonly state?: State;
    readonly stdoutLines?: readonly string[];
    readonly files?: Readonly<Record<string, string | null>>;
  };
}

/** A call of a program. */
export interface Command {
  readonly argv: readonly string[];
  readonly stdin?: string;
}

/** What the kernel has at the end, by kind. */
export type State = Readonly<Record<string, readonly string[]>>;

/** What a run of a case led to. */
export interface Outcome {
  readonly exits: readonly (number | null)[];
  readonly stdout: string;
  readonly stderr: string;
  readonly commands: readonly Command[];
  readonly state: State;
  readonly files: Readonly<Record<string, string | null>>;
}

/** Returns the recorded cases of a profile. */
export function iptablesCases(profile: string): readonly IptablesCase[] {
  const lines = gunzipSync(readFileSync(copyOf(profile)))
    .toString()
    .trimEnd();
  return lines.split("\n").map((line): IptablesCase => JSON.parse(line));
}
