import { epochsOf } from "./stage.ts";
import type { State } from "./state.ts";

/** Whether a plan may still be started or looked at: what runs, the newest and the one to fall back to, and one being prepared. */
export function isKept({ stage, plan, lastLive }: State, id: number): boolean {
  return id >= plan || id === lastLive || epochsOf(stage).some((epoch) => epoch.plan === id);
}
