import { closeSync, constants, fstatSync, openSync, rmSync, writeSync } from "node:fs";
import { INITIALIZING, layoutProblem, sharedMemoryPath } from "../../envoy/shared-memory.ts";
import { bad, ok, type Parsed } from "../../go/parsed.ts";
import { reasonOf } from "../files/read-file.ts";

/**
 * Clears the flag that an epoch left when it died while initializing: while it is set, no epoch can start (contract envoy §6). Only for a
 * failed epoch that has been reaped, while no other initializes. `version` is the output of `--hot-restart-version`. The error says why
 * the memory was left unchanged.
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

/** Removes the shared memory of a base ID after its last Envoy has exited; Envoy never removes it. */
export function removeSharedMemory(baseId: number): void {
  try {
    rmSync(sharedMemoryPath(baseId));
  } catch {
    // It did not exist, or a few bytes stay behind.
  }
}
