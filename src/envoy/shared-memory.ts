/** The hot-restart version whose shared memory is known here (contract envoy §6). */
const KNOWN_VERSION = "11.104";
const KNOWN_SIZE = 104;

/** Where a process of Envoy that initialises leaves its mark: a number of eight bytes, 0 when none does. */
export const INITIALIZING = { offset: 96, length: 8 } as const;

/** The file that the epochs of a base-id share. */
export function sharedMemoryPath(baseId: number): string {
  return `/dev/shm/envoy_shared_memory_${baseId * 10}`;
}

/** Why this shared memory must not be written to, or nothing. `version` is Envoy's own word (`--hot-restart-version`). */
export function layoutProblem({ size, version }: { readonly size: number; readonly version: string }): string | undefined {
  if (version !== KNOWN_VERSION) return `Envoy's hot-restart version is "${version}", only ${KNOWN_VERSION} is known`;
  return size === KNOWN_SIZE ? undefined : `it has ${size} bytes, not ${KNOWN_SIZE}`;
}
