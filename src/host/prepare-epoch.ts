import type { LaunchOf } from "../commands/host.ts";
import type { Launch } from "../launch/launch.ts";
import { processOptions } from "./envoy-process.ts";
import { own } from "./own-children.ts";
import { errorCode, reasonOf } from "./read-file.ts";
import { removeFiles, writeFiles } from "./write-files.ts";

export type Prepared =
  | { readonly kind: "ready"; readonly launchOf: LaunchOf }
  | { readonly kind: "unchanged" }
  | { readonly kind: "failed"; readonly problem: string };

/** Plans the next epoch from settings read anew, and lets Envoy judge it before it is started (design §5.4). */
export async function prepareEpoch(wanted: {
  readonly epoch: number;
  /** Equal settings are no reason to stay. */
  readonly force: boolean;
  readonly current: Launch | undefined;
  readonly replan: () => Promise<LaunchOf>;
}): Promise<Prepared> {
  const { epoch, force, current, replan } = wanted;
  try {
    const launchOf = await replan();
    if (!force && current !== undefined && isSame(launchOf(current.epoch), current)) return { kind: "unchanged" };
    const launch = launchOf(epoch);
    writeFiles(launch);
    const problem = await validationProblem(launch);
    if (problem === undefined) return { kind: "ready", launchOf };
    const kept = new Set(current?.temporary);
    removeFiles(launch.temporary.filter((path) => !kept.has(path)));
    return { kind: "failed", problem };
  } catch (error) {
    return { kind: "failed", problem: error instanceof Error ? error.message : String(error) };
  }
}

function isSame(a: Launch, b: Launch): boolean {
  return a.bootstrap === b.bootstrap && a.binary === b.binary && JSON.stringify(a.args) === JSON.stringify(b.args);
}

const VALIDATE_LIMIT = 10_000;

/** What Envoy itself has against a launch, or nothing; it binds no port and touches no shared memory for that. */
export async function validationProblem(launch: Launch): Promise<string | undefined> {
  try {
    const child = own(
      Bun.spawn([launch.binary, ...launch.args, "--mode", "validate"], {
        stdio: ["ignore", "ignore", "pipe"],
        ...processOptions(launch),
        timeout: VALIDATE_LIMIT,
        killSignal: "SIGKILL",
      }),
    );
    const [text, code] = await Promise.all([child.stderr.text(), child.exited]);
    return code === 0 ? undefined : `Envoy refuses it: ${lastLine(text)}`;
  } catch (error) {
    return `cannot run "${launch.binary}": ${errorCode(error) === "ENOENT" ? "no such file or directory" : reasonOf(error)}`;
  }
}

/** Envoy prints the reason once more as a bare last line. */
function lastLine(text: string): string {
  return text.trim().split("\n").at(-1)?.slice(0, 500) ?? "";
}
