/** Limits of a listener, in bytes and seconds. */
export interface Limits {
  /** Of one request's head, as Go's server has it. */
  readonly head: number;
  /** Of all heads that are being received together; each has its share, but never less than the next. */
  readonly allHeads: number;
  readonly leastHead: number;
  /** Of a request's body that is read and thrown away before the next request; a longer one ends the connection. */
  readonly body: number;
  /** Answers of so many bytes are compressed for callers that accept it; absent for none. */
  readonly compressFrom?: number;
  readonly connections: number;
  /** A connection without a request. */
  readonly idleSeconds: number;
  /** From the first byte of a head to its last. */
  readonly headSeconds: number;
  /** A peer that takes nothing of its answer. */
  readonly writeSeconds: number;
  /** A connection that is over, while its peer keeps its side open. */
  readonly lingerSeconds: number;
}

export const LIMITS: Limits = {
  head: 1_048_576 + 4_096,
  allHeads: 4 * 1_048_576,
  leastHead: 16_384,
  body: 262_144,
  connections: 2_048,
  idleSeconds: 240,
  headSeconds: 15,
  writeSeconds: 60,
  lingerSeconds: 5,
};
