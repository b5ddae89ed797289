import { readFileSync } from "node:fs";
import { fileType } from "./read-file.ts";

/** Returns the SHA-256, in hexadecimal, of the concatenated contents of files; an unreadable file counts as empty (contract 1.6 §10.5). */
export function digestFiles(paths: readonly string[]): string {
  const hasher = new Bun.CryptoHasher("sha256");
  for (const path of paths) {
    // Reading a pipe would wait for its writer.
    if (fileType(path) !== "file") continue;
    try {
      hasher.update(readFileSync(path));
    } catch {
      // It does not exist yet, or must not be read.
    }
  }
  return hasher.digest("hex");
}
