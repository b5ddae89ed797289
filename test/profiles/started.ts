import { run } from "../../src/commands/run.ts";
import type { Case } from "../conformance/cases.ts";
import { fakeHost, type Launched } from "../conformance/fake-host.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";

/** The result of a start on a machine in memory. */
export interface Started {
  readonly launch: Launched | undefined;
  readonly errors: string;
  readonly warnings: readonly string[];
  readonly exit: number;
}

/** Starts the proxy of a release on a machine in memory; the first argument is its role. */
export async function started(profile: string, machine: Partial<Case>, args: readonly string[] = ["sidecar"]): Promise<Started> {
  const { host, launches, errors, warnings } = fakeHost({ name: "", profile, args: [], expect: { launched: true, exit: 0 }, ...machine });
  const exit = await run(["proxy", ...args, "--profile", profile], "attache", host);
  return { launch: launches[0], errors: errors.join("\n"), warnings, exit };
}

/** A start with variables and files, and the message and status of its refusal, if any. */
export type Rooted = readonly [
  what: string,
  env: Readonly<Record<string, string>>,
  files: readonly string[],
  refusal?: string,
  status?: number,
];

/** Returns rows with their names; `test.each` passes a callback to functions that declare more parameters. */
export function named(rows: readonly Rooted[]): readonly (readonly [string, Rooted])[] {
  return rows.map((row) => [row[0], row]);
}

/** Returns the files of a row, each with some content. */
export function filled(paths: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(paths.map((path) => [path, CERTIFICATE_TEXT]));
}
