import { run } from "../../src/commands/run.ts";
import type { Case } from "../conformance/cases.ts";
import { fakeHost, type Launched } from "../conformance/fake-host.ts";

/** What came of a start on a machine in memory. */
export interface Started {
  readonly launch: Launched | undefined;
  readonly errors: string;
  readonly warnings: readonly string[];
  readonly exit: number;
}

/** Starts the proxy of a release on such a machine; the first of the words is its role. */
export async function started(profile: string, machine: Partial<Case>, words: readonly string[] = ["sidecar"]): Promise<Started> {
  const { host, launches, errors, warnings } = fakeHost({ name: "", profile, args: [], expect: { launched: true, exit: 0 }, ...machine });
  const exit = await run(["proxy", ...words, "--profile", profile], "attache", host);
  return { launch: launches[0], errors: errors.join("\n"), warnings, exit };
}

/** A start with these variables and files; what the refusal has to say and its status, or nothing. */
export type Rooted = readonly [
  what: string,
  env: Readonly<Record<string, string>>,
  files: readonly string[],
  refusal?: string,
  status?: number,
];

/** Rows with their names, as `test.each` calls a function with fewer arguments than it declares in another way. */
export function named(rows: readonly Rooted[]): readonly (readonly [string, Rooted])[] {
  return rows.map((row) => [row[0], row]);
}

/** The files of a row, with something in each. */
export function filled(paths: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(paths.map((path) => [path, "c"]));
}
