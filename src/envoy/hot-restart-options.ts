import type { EnvoyOption } from "./options.ts";

/** What a hot restart adds to the options of a contract. */
export interface HotRestart {
  readonly epoch: number;
  /** Absent: not passed, which Envoy takes for 0. The same for every epoch of an agent. */
  readonly baseId?: number;
  /** Milliseconds that the old epoch has from the moment the new one is live; whole seconds. */
  readonly parentShutdown: number;
}

const OFF = "--disable-hot-restart";

/**
 * Returns the options of an epoch that can follow another one and be followed (contract envoy §6): as planned, with hot restart on and
 * its epoch, base-id and the old epoch's time set, in place where they are planned already. The drain stays as planned.
 */
export function hotRestartOptions(options: readonly EnvoyOption[], { epoch, baseId, parentShutdown }: HotRestart): readonly EnvoyOption[] {
  const set: readonly EnvoyOption[] = [
    { name: "--restart-epoch", value: String(epoch) },
    ...(baseId === undefined ? [] : [{ name: "--base-id", value: String(baseId) }]),
    { name: "--parent-shutdown-time-s", value: String(parentShutdown / 1000) },
  ];
  const planned = options.filter(({ name }) => name !== OFF);
  const kept = planned.map((option) => set.find(({ name }) => name === option.name) ?? option);
  return [...kept, ...set.filter(({ name }) => !planned.some((option) => option.name === name))];
}
