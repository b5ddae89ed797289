/** When the start is over and Envoy has its share of the processor, in milliseconds. */
const AFTER = 1_500;

/** Gives back, once, the memory that only the start has needed: code that has run and what it left. Returns what calls it off. */
export function comeToRest(): () => void {
  const timer = setTimeout(() => {
    Bun.shrink();
    Bun.gc(true);
  }, AFTER);
  return () => clearTimeout(timer);
}
