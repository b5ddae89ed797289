import type { EnvoyOption } from "./options.ts";

/** What a hot restart adds to the contract's options. */
export interface HotRestart {
  readonly epoch: number;
  /** Absent: not passed, which Envoy takes as 0. The same for every epoch of an agent. */
  readonly baseId?: number;
  /** Milliseconds until the old epoch is terminated after the new one is live; whole seconds. */
  readonly parentShutdown: number;
}

const OFF = "--disable-hot-restart";

/**
 * Returns the options of an epoch that can hot restart another and be hot restarted (contract envoy §6): the planned ones with hot restart
 * enabled, and epoch, base-id and parent shutdown time set or replaced. The drain is not changed.
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
