/** Retries until an attempt returns a value; throws the last attempt's error after `limit` milliseconds. */
export async function eventually<T>(attempt: () => T | undefined | Promise<T | undefined>, limit = 30_000): Promise<T> {
  const deadline = performance.now() + limit;
  let last: unknown = "it yielded nothing";
  while (performance.now() < deadline) {
    try {
      const value = await attempt();
      if (value !== undefined) return value;
    } catch (error) {
      last = error;
    }
    await Bun.sleep(10);
  }
  throw new Error(`Gave up after ${limit} ms: ${last}`, { cause: last });
}

/** Retries until a condition holds; throws after `limit` milliseconds. */
export async function untilTrue(holds: () => boolean | Promise<boolean>, limit?: number): Promise<void> {
  await eventually(async () => ((await holds()) ? true : undefined), limit);
}

/**
 * Resolves when a condition holds, in whatever time: looks in each turn of the event loop, without a timer, so it also works under a fake
 * clock. A condition that never holds ends with the limit of the test.
 */
export async function untilTurn(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise<void>((resolve) => void setImmediate(resolve));
}

/** Returns a number once it no longer changes. */
export async function unchanging(value: () => number): Promise<number> {
  let last = -1;
  await eventually(() => {
    const now = value();
    const isSame = now === last;
    last = now;
    return isSame || undefined;
  });
  return last;
}
