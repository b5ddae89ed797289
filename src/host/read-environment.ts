import { readFileSync } from "node:fs";
import { decodeUtf8 } from "../go/literal.ts";
import { type Environment, environmentOf } from "../inputs/environment.ts";

/** The environment the process was started with, in its order and byte for byte but for invalid UTF-8, which becomes U+FFFD. */
export function readEnvironment(): Environment {
  const entries = decodeUtf8(readFileSync("/proc/self/environ")).split("\0");
  const pairs = entries.flatMap((entry): (readonly [string, string])[] => {
    const at = entry.indexOf("=", 1);
    return at < 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)]];
  });
  return environmentOf(pairs);
}
