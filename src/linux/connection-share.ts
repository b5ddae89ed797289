/** Descriptors for files, Envoy's pipes, and connections to the CA and to Envoy that are not for a client. */
const RESERVED = 64;
/** Connections that a listener may have whatever the limit is. */
export const LEAST_CONNECTIONS = 8;

/**
 * Returns a quarter of the descriptors that are left for connections of clients and those that are opened for them, from the text of
 * /proc/PID/limits: each of the two sockets has one, and the status port two. Without a limit, any number.
 */
export function connectionShare(limits: string): number {
  const [, soft] = /^Max open files +(\d+) /m.exec(limits) ?? [];
  return soft === undefined ? Number.POSITIVE_INFINITY : Math.max(LEAST_CONNECTIONS, Math.floor((Number(soft) - RESERVED) / 4));
}
