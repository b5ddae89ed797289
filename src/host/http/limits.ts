/** Limits of a listener, in bytes and seconds. */
export interface Limits {
  /** Head of one request, as in Go's server. */
  readonly head: number;
  /** All heads being received at once; each gets a share, but at least `leastHead`. */
  readonly allHeads: number;
  readonly leastHead: number;
  /** Request body that is read and discarded before the next request; a longer one ends the connection. */
  readonly body: number;
  /** Answers of at least so many bytes are compressed for callers that accept it; absent: never. */
  readonly compressFrom?: number;
  readonly connections: number;
  /** Time without a request. */
  readonly idleSeconds: number;
  /** Time from the first byte of a head to its last. */
  readonly headSeconds: number;
  /** Time in which a peer reads nothing of its answer. */
  readonly writeSeconds: number;
  /** Time for a finished connection whose peer keeps its side open. */
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
