/** Does a part of the work and prints what it took, or that it failed. */
export async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const begun = performance.now();
  const tell = (word: string) => console.log(`${word} ${name.padEnd(44)} ${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s`);
  try {
    const result = await work();
    tell("ok  ");
    return result;
  } catch (error) {
    tell("FAIL");
    throw error;
  }
}
