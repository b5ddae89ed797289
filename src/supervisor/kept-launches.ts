import type { State } from "./state.ts";

/** Whether a launch may still be started or looked at: what runs, the newest and the one to fall back to, and one being prepared. */
export function isKept({ epochs, launch, lastLive }: State, id: number): boolean {
  return id >= launch || id === lastLive || epochs.some((epoch) => epoch.launch === id);
}
