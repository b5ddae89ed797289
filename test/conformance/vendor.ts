import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../support/subject.ts";
import { PROFILE_NAMES } from "./cases.ts";

/** The directory of the recordings; a clone without it uses the copies here. */
export const SOURCE = join(ROOT, "../shared/conformance");

/** The kinds of recorded cases with unusual fields. */
export const FIELD_KINDS = ["proxy", "status"];

/** Returns the generated cases of a profile as lines, sorted by name. */
export function generatedLines(profile: string): string {
  const folder = join(SOURCE, "random", profile);
  return readdirSync(folder)
    .sort()
    .map((file) => `${JSON.stringify(JSON.parse(readFileSync(join(folder, file), "utf8")))}\n`)
    .join("");
}

/** Returns the recorded cases with unusual fields, `proxy` or `status`, compressed. */
export function fieldsFile(profile: string, kind: string): string {
  return join(SOURCE, "fields", `${profile}.${kind}.jsonl.gz`);
}

/** Returns the names of the files with all cases of a release. */
export function releaseFiles(profile: string): readonly string[] {
  return readdirSync(join(SOURCE, "releases")).filter((name) => name.startsWith(`${profile}.`));
}

if (import.meta.main && existsSync(SOURCE))
  for (const profile of PROFILE_NAMES) {
    for (const name of releaseFiles(profile)) cpSync(join(SOURCE, "releases", name), join(import.meta.dir, "releases", name));
    if (!existsSync(join(SOURCE, profile))) continue;
    for (const folder of [profile, join("status", profile)])
      cpSync(join(SOURCE, folder), join(import.meta.dir, folder), { recursive: true });
    for (const kind of FIELD_KINDS) cpSync(fieldsFile(profile, kind), join(import.meta.dir, `fields-${profile}.${kind}.jsonl.gz`));
    writeFileSync(join(import.meta.dir, `random-${profile}.jsonl.gz`), gzipSync(generatedLines(profile), { level: 9 }));
  }
