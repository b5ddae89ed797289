import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../../support/subject.ts";

/** The contracts that were recorded. */
export const IPTABLES_PROFILES: readonly string[] = ["istio-1.6", "istio-1.30"];

/** The directory of the recordings; a clone without it uses the copies here. */
export const SOURCE = join(ROOT, "../shared/conformance/iptables");

/** Returns the path of the copy of a profile's cases. */
export function copyOf(profile: string): string {
  return join(import.meta.dir, `${profile}.jsonl.gz`);
}

/** Returns the recorded cases of a profile as lines, sorted by name. */
export function recordedLines(profile: string): string {
  const folder = join(SOURCE, profile);
  return readdirSync(folder)
    .sort()
    .map((file) => `${JSON.stringify(JSON.parse(readFileSync(join(folder, file), "utf8")))}\n`)
    .join("");
}

if (import.meta.main && existsSync(SOURCE))
  for (const profile of IPTABLES_PROFILES) writeFileSync(copyOf(profile), gzipSync(recordedLines(profile), { level: 9 }));
