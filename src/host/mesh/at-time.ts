import { rotationWait } from "../../mesh/rotation.ts";

/** The shortest wait, in milliseconds: a certificate that is already due would otherwise be replaced without end. */
const SHORTEST = 500;

/** Calls back once, when a time of the machine's clock has come, also if that clock is set meanwhile. Returns what cancels it. */
export function atTime(at: number, action: () => void): () => void {
  const pending = { at, elapsedAt: performance.now() + at - Date.now() };
  let timer: Timer | undefined;
  const look = () => {
    const wait = rotationWait(pending, Date.now(), performance.now());
    if (wait > 0) timer = setTimeout(look, wait).unref();
    else action();
  };
  timer = setTimeout(look, Math.max(rotationWait(pending, Date.now(), performance.now()), SHORTEST)).unref();
  return () => clearTimeout(timer);
}
