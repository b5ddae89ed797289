/** When a certificate is replaced: the part of its lifetime that is left then, and how far that part varies between agents. */
export interface RotationRule {
  readonly ratio: number;
  readonly jitter: number;
}

/** The lifetime of a certificate as the agent sees it; milliseconds since 1970. */
export interface Lifetime {
  readonly receivedAt: number;
  readonly notAfter: number;
}

/** A source of numbers from 0 to 1, as `Math.random`. */
export type Random = () => number;

/** Returns when a certificate is replaced, in milliseconds since 1970, but not before its receipt (contract 1.30 §13a). */
export function rotationTime({ receivedAt, notAfter }: Lifetime, { ratio, jitter }: RotationRule, random: Random): number {
  const offset = random() * jitter * (random() < 0.5 ? -1 : 1);
  const left = Math.min(Math.max(ratio + offset, 0), 1);
  return Math.max(notAfter - left * (notAfter - receivedAt), receivedAt);
}

/** A rotation that is waited for, on both clocks: the machine's may jump, the other one only counts. */
export interface PendingRotation {
  readonly at: number;
  readonly elapsedAt: number;
}

/**
 * Returns how long to wait until the clocks are looked at again; 0: the certificate is due. Whichever clock says so first decides, so that
 * a machine whose clock is set gets a new certificate in time.
 */
export function rotationWait({ at, elapsedAt }: PendingRotation, now: number, elapsed: number): number {
  return Math.min(Math.max(Math.min(at - now, elapsedAt - elapsed), 0), LONGEST_WAIT);
}

/** How often the machine's clock is looked at while a rotation is waited for, in milliseconds. */
const LONGEST_WAIT = 60_000;
