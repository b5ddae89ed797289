/** Descriptors for files, Envoy's pipes, and connections to the CA, the control plane, Envoy and the application. */
const RESERVED = 64;
/** Connections that a listener takes whatever the limit is. */
const LEAST = 8;

/**
 * Returns how many connections each of four listeners may have so that descriptors are left, from the text of /proc/PID/limits; without a
 * limit, any number.
 */
export function connectionShare(limits: string): number {
  const [, soft] = /^Max open files +(\d+) /m.exec(limits) ?? [];
  return soft === undefined ? Number.POSITIVE_INFINITY : Math.max(LEAST, Math.floor((Number(soft) - RESERVED) / 4));
}
