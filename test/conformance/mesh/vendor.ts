import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../../support/subject.ts";

/** The directory of the recorded exchanges; a clone without it uses the copy here. */
export const SOURCE = join(ROOT, "../shared/transcripts");
/** The copy: each file as a line with its name and its content. */
export const COPY = join(import.meta.dir, "transcripts.jsonl.zst");

/** Returns the recorded exchanges, their payloads and the sets of resources as lines, sorted by name. */
export function transcriptLines(): string {
  const files = (readdirSync(SOURCE, { recursive: true }) as string[]).filter((name) => /\.(jsonl|json|bin|gz)$/.test(name)).sort();
  return files.map((name) => `${JSON.stringify(entryOf(name))}\n`).join("");
}

/** A file as its text, or as base64 if it is no text. */
function entryOf(name: string): { readonly name: string; readonly text?: string; readonly base64?: string } {
  const bytes = readFileSync(join(SOURCE, name));
  if (/\.jsonl?$/.test(name)) return { name, text: bytes.toString() };
  return { name, base64: bytes.toString("base64") };
}

if (import.meta.main && existsSync(SOURCE)) writeFileSync(COPY, Bun.zstdCompressSync(transcriptLines(), { level: 19 }));
