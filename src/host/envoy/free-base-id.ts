import { type BaseIdSeed, baseIdCandidate, baseIdsIn } from "../../envoy/base-id.ts";
import { sharedMemoryPath } from "../../envoy/shared-memory.ts";
import { fileType, tryReadText } from "../files/read-file.ts";

const ATTEMPTS = 1_000;

/**
 * Returns the first base ID that is not in use: no domain socket of it in this network namespace, and no shared memory of it, which may
 * belong to an Envoy in another network namespace (contract envoy §6).
 */
export function freeBaseId(seed: BaseIdSeed): number {
  const taken = baseIdsIn(tryReadText("/proc/net/unix") ?? "");
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const id = baseIdCandidate(seed, attempt);
    if (!taken.has(id) && fileType(sharedMemoryPath(id)) === "missing") return id;
  }
  // All are taken by leftovers, as no machine runs so many Envoys; if not, Envoy reports it.
  return baseIdCandidate(seed, 0);
}

let chosen: number | undefined;

/** Returns the base ID of this agent, the same for all its epochs. */
export function ownBaseId(seed: BaseIdSeed): number {
  chosen ??= freeBaseId(seed);
  return chosen;
}
