import { closeSync, constants, fstatSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { INITIALIZING, layoutProblem, sharedMemoryPath } from "../../envoy/shared-memory.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import { reasonOf } from "../read-file.ts";

/**
 * Takes away the mark that an epoch left when it died while it initialised: with the mark no epoch can start any more
 * (envoy-notes §6, Poisoned shared memory). Only for a failed epoch that has been reaped, and while none initialises.
 * `version` is what `--hot-restart-version` says. The error tells why the memory was left as it is.
 */
export function repairSharedMemory(baseId: number, version: string): Parsed<"repaired" | "clean"> {
  const path = sharedMemoryPath(baseId);
  const refuse = (reason: string) => bad(`Cannot repair the shared memory "${path}": ${reason}`);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
    const stat = fstatSync(descriptor);
    const problem = stat.isFile() ? layoutProblem({ size: stat.size, version }) : "it is no file";
    if (problem !== undefined) return refuse(problem);
    const mark = Buffer.alloc(INITIALIZING.length);
    readSync(descriptor, mark, 0, mark.length, INITIALIZING.offset);
    if (mark.every((byte) => byte === 0)) return ok("clean");
    writeSync(descriptor, mark.fill(0), 0, mark.length, INITIALIZING.offset);
    return ok("repaired");
  } catch (error) {
    return refuse(reasonOf(error));
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Removes the shared memory of a base-id when its last Envoy has gone, which never does so itself. */
export function removeSharedMemory(baseId: number): void {
  try {
    rmSync(sharedMemoryPath(baseId));
  } catch {
    // It never was there, or a few bytes stay behind.
  }
}
