/**
 * The largest usable base-id: Envoy numbers its sockets base-id × 10 + epoch mod 3 and its shared memory base-id × 10, and from 2^31 on the
 * two overflow differently (measured on 1.40).
 */
const MAX_BASE_ID = 214_748_364;

/** Coprime to the number of base-ids, so that the candidates cover all of them. */
const STEP = 7_919_119;

/** What distinguishes this agent's Envoy from others in the same network namespace or /dev/shm. */
export interface BaseIdSeed {
  readonly adminPort: number;
  readonly configPath: string;
  /** Constant while the agent runs: its process id. */
  readonly agent: number;
}

/** Returns the base-id for an attempt (from 0), always the same for a seed. Starts at 1, as 0 is every Envoy's default. */
export function baseIdCandidate({ adminPort, configPath, agent }: BaseIdSeed, attempt: number): number {
  return ((hash(`${adminPort} ${agent} ${configPath}`) + attempt * STEP) % MAX_BASE_ID) + 1;
}

/** Returns the base-ids of the abstract sockets in the text of /proc/net/unix (contract envoy §6). */
export function baseIdsIn(sockets: string): ReadonlySet<number> {
  const numbers = [...sockets.matchAll(/@envoy_domain_socket_(?:udp_)?(?:parent|child)_(\d+)/g)];
  return new Set(numbers.map(([, number]) => Math.floor(Number(number) / 10)));
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let sum = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) sum = Math.imul(sum ^ byte, 0x01000193) >>> 0;
  return sum;
}
