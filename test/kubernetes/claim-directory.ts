import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../support/eventually.ts";
import { removeCgroups } from "./cgroups.ts";
import { step } from "./step.ts";

/** Only one cluster can run on a machine, because its groups have fixed names. */
const PATH = join(tmpdir(), "attache-kubernetes");
const OWNER = join(PATH, "owner");

/** Creates the cluster's directory. At the end of the scope, the directory and the cluster's control groups are removed. */
export async function claimDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  if (existsSync(PATH)) {
    const owner = existsSync(OWNER) ? Number(readFileSync(OWNER, "utf8")) : 0;
    if (owner > 0 && existsSync(`/proc/${owner}`)) throw new Error(`Cannot run a second cluster: process ${owner} has one in "${PATH}"`);
    await step("what was left by a run that was killed", cleanUp);
  }
  mkdirSync(PATH, { mode: 0o755 });
  writeFileSync(OWNER, String(process.pid));
  return { path: PATH, [Symbol.asyncDispose]: () => step("nothing left behind", cleanUp) };
}

async function cleanUp(): Promise<void> {
  // The kernel takes a moment to kill the processes of a namespace.
  await eventually(() => {
    removeCgroups();
    return true;
  }, 60_000);
  rmSync(PATH, { recursive: true, force: true });
}
