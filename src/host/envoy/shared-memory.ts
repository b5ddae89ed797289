import { closeSync, constants, fstatSync, openSync, rmSync, writeSync } from "node:fs";
import { INITIALIZING, layoutProblem, sharedMemoryPath } from "../../envoy/shared-memory.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import { reasonOf } from "../files/read-file.ts";

/**
 * Takes away the mark that an epoch left when it died while it initialised: with the mark no epoch can start any more
 * (contract envoy §6). Only for a failed epoch that has been reaped, and while none initialises.
 * `version` is what `--hot-restart-version` says. The error tells why the memory was left as it is.
 */
export function repairSharedMemory(baseId: number, version: string): Parsed<"repaired"> {
  const path = sharedMemoryPath(baseId);
  const refuse = (reason: string) => bad(`Cannot repair the shared memory "${path}": ${reason}`);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDWR | constants.O_NOFOLLOW);
    const stat = fstatSync(descriptor);
    const problem = stat.isFile() ? layoutProblem({ size: stat.size, version }) : "it is not a file";
    if (problem !== undefined) return refuse(problem);
    writeSync(descriptor, new Uint8Array(INITIALIZING.length), 0, INITIALIZING.length, INITIALIZING.offset);
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
