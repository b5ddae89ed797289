import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../../support/subject.ts";

/** The directory of the recorded exchanges; a clone without it uses the copy here. */
export const SOURCE = join(ROOT, "../shared/transcripts");
/** The copy: each file as a line with its name and its bytes. */
export const COPY = join(import.meta.dir, "transcripts.jsonl.gz");

/** Returns the recorded exchanges, their payloads and the sets of resources as lines, sorted by name. */
export function transcriptLines(): string {
  const files = (readdirSync(SOURCE, { recursive: true }) as string[]).filter((name) => /\.(jsonl|json|bin|gz)$/.test(name)).sort();
  return files.map((name) => `${JSON.stringify({ name, base64: readFileSync(join(SOURCE, name)).toString("base64") })}\n`).join("");
}

if (import.meta.main && existsSync(SOURCE)) writeFileSync(COPY, gzipSync(transcriptLines(), { level: 9 }));
