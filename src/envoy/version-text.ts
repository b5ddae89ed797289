import { bad, ok, type Parsed } from "../go/parsed.ts";
import type { EnvoyVersion } from "../inputs/questions.ts";

const LIMIT = 80;

/** Parses the release from the output of `envoy --version`: `… version: COMMIT/RELEASE/…` (contract envoy §1). */
export function parseEnvoyVersion(output: string): Parsed<EnvoyVersion> {
  const found = /\bversion: +[^/\s]+\/((\d+)\.(\d+)\.(\d+)[^/\s]*)/.exec(output);
  const printed = output.trim();
  if (found === null) return bad(printed === "" ? "it printed nothing" : `it printed ${JSON.stringify(printed.slice(0, LIMIT))}`);
  const [, text = "", major, minor, patch] = found;
  return ok({ major: Number(major), minor: Number(minor), patch: Number(patch), text });
}

/** Returns whether a version is at least the given release. */
export function isAtLeast(version: EnvoyVersion, major: number, minor: number): boolean {
  return version.major > major || (version.major === major && version.minor >= minor);
}
