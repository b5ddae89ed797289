import { rotationWait } from "../../mesh/rotation.ts";
import type { Clocks } from "./clocks.ts";

/** The shortest wait, in milliseconds: a certificate that is already due would otherwise be replaced without end. */
const SHORTEST = 500;

/** Calls back once, when a time of the machine's clock has come, also if that clock is set meanwhile. Returns what cancels it. */
export function atTime(at: number, action: () => void, clocks: Clocks): () => void {
  const { now, elapsed, after } = clocks;
  const pending = { at, elapsedAt: elapsed() + at - now() };
  const look = () => {
    const wait = rotationWait(pending, now(), elapsed());
    if (wait > 0) cancel = after(wait, look);
    else action();
  };
  let cancel = after(Math.max(rotationWait(pending, now(), elapsed()), SHORTEST), look);
  return () => cancel();
}
