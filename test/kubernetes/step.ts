/** Runs a step and prints its duration, or that it failed. */
export async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const started = performance.now();
  const report = (word: string) =>
    console.log(`${word} ${name.padEnd(44)} ${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s`);
  try {
    const result = await work();
    report("ok  ");
    return result;
  } catch (error) {
    report("FAIL");
    throw error;
  }
}
