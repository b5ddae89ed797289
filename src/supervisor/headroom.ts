const MEBIBYTE = 1_048_576;

/** Memory in bytes: the cgroup's limit (absent without one) and usage, and Envoy's own usage. */
export interface Headroom {
  readonly limit: number | undefined;
  readonly usage: number;
  readonly envoy: number;
}

/**
 * Returns why a second epoch must not be started: a hot restart runs two at once, and the OOM killer would end one of them (contract envoy
 * §6). Undefined if there is enough memory.
 */
export function headroomProblem({ limit, usage, envoy }: Headroom): string | undefined {
  if (limit === undefined || limit - usage >= envoy) return undefined;
  // Rounded so that a shortage never looks like enough.
  const used = mebibytes(envoy, Math.ceil);
  const all = mebibytes(limit, Math.floor);
  const free = mebibytes(Math.max(0, limit - usage), Math.floor);
  return `not enough memory for two: Envoy uses ${used} now, and of the container's limit of ${all} only ${free} is free; raise the limit`;
}

/** Formats a size with one decimal. */
function mebibytes(bytes: number, round: (tenths: number) => number): string {
  return `${round((bytes / MEBIBYTE) * 10) / 10} MiB`;
}
