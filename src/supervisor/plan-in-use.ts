import { epochsOf } from "./stage.ts";
import type { State } from "./state.ts";

/** Returns whether a plan may still be used: the running ones, the newest, the fallback, and one being prepared. */
export function isPlanInUse({ stage, plan, lastLive }: State, id: number): boolean {
  return id >= plan || id === lastLive || epochsOf(stage).some((epoch) => epoch.plan === id);
}
