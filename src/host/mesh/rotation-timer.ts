import { rotationWait } from "../../mesh/rotation.ts";

/** Calls back once, when a time of the machine's clock has come, also if that clock is set meanwhile. Returns what cancels it. */
export function atTime(at: number, action: () => void): () => void {
  const pending = { at, elapsedAt: performance.now() + at - Date.now() };
  let timer: Timer | undefined;
  const look = () => {
    const wait = rotationWait(pending, Date.now(), performance.now());
    if (wait > 0) timer = setTimeout(look, wait).unref();
    else action();
  };
  // Not at once: a certificate that is due when it comes would be replaced without end.
  timer = setTimeout(look, Math.max(rotationWait(pending, Date.now(), performance.now()), SHORTEST)).unref();
  return () => clearTimeout(timer);
}

const SHORTEST = 500;
