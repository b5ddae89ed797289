import { ConfigError } from "../../common/errors.ts";
import { type Environment, environmentOf } from "../../inputs/environment.ts";
import { readFile } from "../files/read-file.ts";

const ENVIRON = "/proc/self/environ";

/**
 * Reads the environment that the process was started with, in its order and byte for byte, except that invalid UTF-8 becomes U+FFFD.
 * @throws ConfigError when /proc is not mounted
 */
export function readEnvironment(): Environment {
  const found = readFile(ENVIRON);
  if (found.kind !== "text")
    throw new ConfigError(`Cannot read the environment from "${ENVIRON}"`, [
      found.kind === "missing" ? "no such file; is /proc mounted?" : found.reason,
    ]);
  const pairs: (readonly [string, string])[] = [];
  for (const entry of found.text.split("\0")) {
    const at = entry.indexOf("=", 1);
    if (at > 0) pairs.push([entry.slice(0, at), entry.slice(at + 1)]);
  }
  return environmentOf(pairs);
}
