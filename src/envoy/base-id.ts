/**
 * The greatest base-id whose names are what they seem: Envoy numbers its sockets base-id × 10 + epoch mod 3 and its shared
 * memory base-id × 10, and from 2^31 on the two wrap around differently (measured on 1.40).
 */
const GREATEST = 214_748_364;

/** A step that has no factor in common with the number of base-ids, so that candidates come round to all of them. */
const STEP = 7_919_119;

/** What tells this agent's Envoy from others that share its network or its /dev/shm. */
export interface BaseIdSeed {
  readonly adminPort: number;
  readonly configPath: string;
  /** Stays the same as long as the agent runs: its process id. */
  readonly agent: number;
}

/** The base-id an agent tries at an attempt (from 0): always the same for the same seed, from 1 on, as 0 is every other Envoy's. */
export function baseIdCandidate({ adminPort, configPath, agent }: BaseIdSeed, attempt: number): number {
  return ((hash(`${adminPort} ${agent} ${configPath}`) + attempt * STEP) % GREATEST) + 1;
}

/** The base-ids whose abstract sockets stand in the text of /proc/net/unix (contract envoy §6). */
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
