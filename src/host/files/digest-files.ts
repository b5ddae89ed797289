import { readFileSync } from "node:fs";
import { fileType } from "./read-file.ts";

/** SHA-256, in hexadecimal, of the contents of files one after the other; one that cannot be read counts as nothing (contract 1.6 §10.5). */
export function digestFiles(paths: readonly string[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const path of paths) {
    // Who reads a pipe waits for its writer.
    if (fileType(path) !== "file") continue;
    try {
      hasher.update(readFileSync(path));
    } catch {
      // Not there yet, or not for us.
    }
  }
  return hasher.digest("hex");
}
