import { chmodSync, readFileSync, writeFileSync } from "node:fs";

/**
 * The runtime's own environment variables, and how often each name occurs in the executable, on every target. An environment must not be
 * able to turn the agent into a JavaScript shell, and no build option disables them, so their first byte is blanked (RATIONALE).
 */
const SWITCHES = { BUN_BE_BUN: 1, BUN_OPTIONS: 2, BUN_INSPECT: 9 } as const;

/**
 * Blanks the first byte of every occurrence of these names in the runtime part of a file.
 * @throws Error if the number of occurrences differs: the runtime has changed and must be reviewed
 */
export function disableSwitches(path: string): void {
  const bytes = readFileSync(path);
  const counts = Object.fromEntries(Object.keys(SWITCHES).map((name) => [name, blank(bytes, name)]));
  const [found, expected] = [JSON.stringify(counts), JSON.stringify(SWITCHES)];
  if (found !== expected) throw new Error(`Cannot disarm ${path}: found ${found}, known are ${expected}; has the runtime changed?`);
  writeFileSync(path, bytes);
  chmodSync(path, 0o755);
}

function blank(bytes: Buffer, name: string): number {
  let count = 0;
  for (let at = bytes.indexOf(name); at >= 0; at = bytes.indexOf(name, at + name.length)) {
    // The runtime's debugger scripts also contain the names; they never run.
    if (bytes.subarray(at - 4, at).toString() === "env.") continue;
    bytes[at] = 0;
    count++;
  }
  return count;
}
