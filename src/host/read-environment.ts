import { type Environment, environmentOf } from "../inputs/environment.ts";
import { readText } from "./read-file.ts";

/** The environment the process was started with, in its order and byte for byte but for invalid UTF-8, which becomes U+FFFD. */
export function readEnvironment(): Environment {
  const pairs: (readonly [string, string])[] = [];
  for (const entry of readText("/proc/self/environ").split("\0")) {
    const at = entry.indexOf("=", 1);
    if (at > 0) pairs.push([entry.slice(0, at), entry.slice(at + 1)]);
  }
  return environmentOf(pairs);
}
