import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "../../src/commands/host.ts";
import { run } from "../../src/commands/run.ts";
import type { Case } from "../conformance/cases.ts";
import { fakeHost } from "../conformance/fake-host.ts";
import { CERTIFICATE_TEXT } from "../support/certificate-text.ts";
import { ROOT } from "../support/subject.ts";

/** The file without which most starts are refused. */
const ROOTS = { "./var/run/secrets/istio/root-cert.pem": CERTIFICATE_TEXT };

/** What a command printed and logged, and its exit status. */
export interface Answer {
  readonly text: string;
  readonly errors: string;
  readonly exit: number;
}

/**
 * Runs a command on a machine in memory; `named` are files that its arguments name, `now` is its clock, `written` gets files it writes, and
 * `other` is what else it does.
 */
export async function answerOf(
  argv: readonly string[],
  machine: Partial<Case> = {},
  named: Readonly<Record<string, string>> = {},
  now: () => number = () => 0,
  written: Record<string, string> = {},
  other: Partial<Host> = {},
): Promise<Answer> {
  const { host, errors } = fakeHost({ name: "", profile: "", args: [], expect: { launched: true, exit: 0 }, files: ROOTS, ...machine });
  let printed = "";
  const exit = await run(argv, "attache", {
    ...host,
    ...other,
    clock: { ...host.clock, now },
    print: (text) => {
      printed += String(text);
    },
    writeDocument: async (path, text) => {
      written[path] = text;
      return undefined;
    },
    readNamed: (path) => {
      const text = named[path];
      return text === undefined ? host.readNamed(path) : { kind: "text", text };
    },
  });
  return { text: printed, errors: errors.join("\n"), exit };
}

/** Returns a manifest of the injector. */
export function injected(name: string): string {
  return readFileSync(join(ROOT, "test/pod/fixtures", name), "utf8");
}
