/** The hot-restart version whose shared memory layout is known (contract envoy §6). */
const KNOWN_VERSION = "11.104";
const KNOWN_SIZE = 104;

/** Where an initializing Envoy sets its flag: a number of eight bytes, 0 if none is initializing. */
export const INITIALIZING = { offset: 96, length: 8 } as const;

/** Returns the path of the shared memory of a base-id's epochs. */
export function sharedMemoryPath(baseId: number): string {
  return `/dev/shm/envoy_shared_memory_${baseId * 10}`;
}

/** Returns why this shared memory must not be modified; undefined if it may. `version` is the output of `--hot-restart-version`. */
export function layoutProblem({ size, version }: { readonly size: number; readonly version: string }): string | undefined {
  if (version !== KNOWN_VERSION) return `Envoy's hot-restart version is "${version}", only ${KNOWN_VERSION} is known`;
  return size === KNOWN_SIZE ? undefined : `it has ${size} bytes, not ${KNOWN_SIZE}`;
}
