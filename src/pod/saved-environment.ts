import type { FilePlace } from "../inputs/input-place.ts";

const ENTRY = /^([A-Za-z_][\w.-]*)=/;
const FIRST_ENTRY = /^\s*[A-Za-z_][\w.-]*=/;
/** An entry of the bytes of a process. Its name may be anything that can be read. */
const NAMED = /^[^=\p{Cc}\ufffd]+=/u;

type Pairs = readonly (readonly [name: string, value: string])[];

/**
 * Reads a saved environment: what `env` prints, or the bytes of /proc/PID/environ. Undefined for any other text. In the output of `env`, a
 * line without a name continues the value above it.
 */
export function readSavedEnvironment(file: string): Pairs | undefined {
  if (file.includes("\0")) return pairsInBytes(file);
  if (!FIRST_ENTRY.test(file)) return undefined;
  const text = /^[^\n]*\r\n/.test(file) ? file.replaceAll("\r\n", "\n") : file;
  const entries: string[] = [];
  for (const line of text.trimStart().replace(/\n$/, "").split("\n")) {
    if (ENTRY.test(line) || entries.length === 0) entries.push(line);
    else entries.push(`${entries.pop()}\n${line}`);
  }
  return entries.flatMap((entry) => pairOf(entry));
}

/** Reads the bytes of /proc/PID/environ; undefined if most entries have no name, as in an image or a text in UTF-16. */
function pairsInBytes(file: string): Pairs | undefined {
  const entries = file.split("\0").filter((entry) => entry !== "");
  const named = entries.filter((entry) => NAMED.test(entry));
  return named.length * 2 > entries.length ? entries.flatMap((entry) => pairOf(entry)) : undefined;
}

function pairOf(entry: string): Pairs {
  const at = entry.indexOf("=");
  return at <= 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)]];
}

/** Returns the line of a saved environment that sets a variable; the bytes of a process have no lines. */
export function locateInEnvironment(file: string, text: string, name: string): FilePlace {
  const line = text.includes("\0") ? 0 : text.split("\n").findIndex((each) => each.trimStart().startsWith(`${name}=`)) + 1;
  return line === 0 ? { file } : { file, line };
}
