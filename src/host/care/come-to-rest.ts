/** When what was under way is over and Envoy has its share of the processor, in milliseconds. */
const AFTER = 1_500;

/** Gives back the memory that only a start or a hand-over has needed: code that has run and what it left. */
export interface Rest {
  /** Something has come to its end. */
  readonly begin: () => void;
  readonly close: () => void;
}

/** The start is the first thing that has come to its end. */
export function comeToRest(): Rest {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const close = () => clearTimeout(timer);
  const begin = () => {
    close();
    timer = setTimeout(() => {
      Bun.shrink();
      Bun.gc(true);
    }, AFTER);
  };
  begin();
  return { begin, close };
}
