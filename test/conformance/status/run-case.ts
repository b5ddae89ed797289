import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expand } from "../cases.ts";
import { placesIn, preparePlace, swapped } from "../place.ts";
import type { Spec } from "./agent.ts";
import type { Result, StatusCase } from "./case.ts";

/** A run of a case: what it showed, and what the agent and its commands said beside. */
export interface Run {
  readonly result: Result;
  readonly said: string;
}

const LIMIT = 60_000;

/**
 * Runs a command line as the agent of a case, in network, mount, host-name and process namespaces of its own (root only).
 * @throws Error when the case could not be set up or has not ended within a minute
 */
export async function runStatusCase(recorded: StatusCase, command: readonly string[]): Promise<Run> {
  const root = mkdtempSync(join(tmpdir(), "attache-status-"));
  try {
    const places = placesIn(root);
    const spec: Spec = { recorded: expand(recorded, places), root, command };
    preparePlace(root, spec.recorded, "sleep");
    writeFileSync(join(root, "spec.json"), JSON.stringify(spec));
    const wrap = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const driver = [process.execPath, join(import.meta.dir, "driver.ts"), join(root, "spec.json")];
    const child = Bun.spawn([...wrap, ...driver], { stdio: ["ignore", "pipe", "pipe"] });
    const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
    const [exit, out, err] = await Promise.all([child.exited, child.stdout.text(), child.stderr.text()]);
    clearTimeout(timer);
    if (exit !== 0) throw new Error(`The driver ended with ${exit}: ${err}`);
    const said = ["stdout", "stderr"].map((name) => join(root, name)).map((path) => (existsSync(path) ? readFileSync(path, "utf8") : ""));
    return expand({ result: JSON.parse(out), said: `${said.join("")}${err}` }, swapped(places));
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
