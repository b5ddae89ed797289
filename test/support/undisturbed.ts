/** Milliseconds between two looks at the clock. */
const BEAT = 10;
/** Milliseconds by which a look may be late without a standstill: the shortest limit of what is measured has 100. */
const LATE = 50;
/** A machine that stands still during each of so many measurements is no place for them. */
const MOST = 5;

/** What was measured, and whether the machine ran all the time. */
interface Measured<T> {
  readonly result: T;
  readonly stoodStill: boolean;
}

/**
 * Measures something with real time limits, and again as long as the machine has stood still meanwhile and the result is not as expected:
 * a limit that has passed during a standstill says nothing. A result of a machine that ran all the time is final, whatever it is.
 */
export async function undisturbed<T>(
  measure: () => Promise<T>,
  isAsExpected: (result: T) => boolean,
  clock = () => performance.now(),
): Promise<T> {
  for (let times = 1; ; times++) {
    const { result, stoodStill } = await watched(measure, clock);
    if (!stoodStill || times === MOST || isAsExpected(result)) return result;
    console.warn("The machine stood still, measuring again");
  }
}

async function watched<T>(measure: () => Promise<T>, clock: () => number): Promise<Measured<T>> {
  let last = clock();
  let stoodStill = false;
  const look = () => {
    const now = clock();
    stoodStill ||= now - last > BEAT + LATE;
    last = now;
  };
  const beat = setInterval(look, BEAT);
  try {
    const result = await measure();
    look();
    return { result, stoodStill };
  } finally {
    clearInterval(beat);
  }
}
