import { chmodSync, readFileSync, writeFileSync } from "node:fs";

/**
 * Names of the runtime's own switches in the environment, and in how many places of the finished file each stands, whatever the
 * target. Whoever sets a container's environment must not gain a JavaScript shell by it, and no flag turns them off: their first
 * byte is blanked (RATIONALE).
 */
const SWITCHES = { BUN_BE_BUN: 1, BUN_OPTIONS: 2, BUN_INSPECT: 9 } as const;

/**
 * Blanks the first byte of every whole occurrence of the switches' names in the runtime part of a file.
 * @throws Error when one does not stand there as often as it is known to: the runtime has changed, and must be looked at again
 */
export function disarm(path: string): void {
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
    // The runtime's own scripts for a debugger mention the names too; they never run.
    if (bytes.subarray(at - 4, at).toString() === "env.") continue;
    bytes[at] = 0;
    count++;
  }
  return count;
}
