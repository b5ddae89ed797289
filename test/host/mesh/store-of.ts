import type { Clocks } from "../../../src/host/mesh/clocks.ts";
import { type OpenSecretStore, openSecretStore } from "../../../src/host/mesh/secret-store.ts";
import { type MeshCounts, startCounts } from "../../../src/mesh/counts.ts";
import type { CaPlan, SdsPlan } from "../../../src/mesh/mesh-plan.ts";

/** A store under test, and what it has logged and counted. */
export interface TestStore extends Disposable {
  readonly store: OpenSecretStore;
  readonly counts: MeshCounts;
  readonly log: readonly string[];
  /** The names that have changed, in order. */
  readonly changes: readonly string[];
}

/** Returns a plan for a CA on a port of loopback, in plain text. */
export function caPlan(port: number, more: Partial<CaPlan> = {}): CaPlan {
  return {
    endpoint: { host: "127.0.0.1", port, keepalive: { interval: 30_000, timeout: 10_000 } },
    headers: [["clusterid", "Kubernetes"]],
    token: { kind: "mock" },
    identity: "spiffe://cluster.local/ns/default/sa/server",
    key: { kind: "ec", curve: "P-256", pkcs8: false },
    lifetime: 86_400,
    certSigner: "",
    rotation: { ratio: 0.5, jitter: 0.01 },
    ...more,
  };
}

/** Opens a store; the first root is the first change. Without a plan for the CA it has files only. */
export function storeOf(
  ca: CaPlan | undefined,
  more: Partial<SdsPlan> = {},
  { socket, clocks }: { readonly socket?: string; readonly clocks?: Clocks } = { socket: "/nowhere" },
): TestStore {
  const counts = startCounts();
  const log: string[] = [];
  const changes: string[] = [];
  const write = (level: string, text: string) => log.push(`${level} ${text}`);
  const plan: SdsPlan = {
    ...(socket && { socket }),
    filesOnly: false,
    warmUp: false,
    debounce: 100,
    followsLinks: true,
    ...(ca && { ca }),
    ...more,
  };
  const store = openSecretStore(plan, { counts, log: write, ...(clocks && { clocks }) });
  store.onChange((name) => changes.push(name));
  return { store, counts, log, changes, [Symbol.dispose]: store.close };
}

/** Returns the error of a promise as text; its value if there is none. */
export async function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => (error instanceof Error ? error.message : error));
}
