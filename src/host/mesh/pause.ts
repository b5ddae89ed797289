/** Waits, or until a signal; a wait does not keep the process alive. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = () => {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
    resolve();
  };
  const timer = setTimeout(end, milliseconds).unref();
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  return promise;
}
