const MEBIBYTE = 1_048_576;

/** Memory in bytes: what the cgroup allows (absent: no limit) and uses, and what Envoy uses by itself. */
export interface Headroom {
  readonly limit: number | undefined;
  readonly usage: number;
  readonly envoy: number;
}

/**
 * Why another epoch must not be started beside this one, or nothing: for the time of a hot restart there are two, and the
 * kernel would kill one of them (contract envoy §6).
 */
export function headroomProblem({ limit, usage, envoy }: Headroom): string | undefined {
  if (limit === undefined || limit - usage >= envoy) return undefined;
  const [free, used, all] = [Math.max(0, limit - usage), envoy, limit].map(inMebibytes);
  return `not enough memory for two: Envoy uses ${used} now, and of the container's limit of ${all} only ${free} is free; raise the limit`;
}

/** Rounded so that a shortage never reads as enough. */
function inMebibytes(bytes: number, place: number): string {
  const tenths = (bytes / MEBIBYTE) * 10;
  return `${(place === 1 ? Math.ceil(tenths) : Math.floor(tenths)) / 10} MiB`;
}
