import { isatty } from "node:tty";
import { maskSecrets } from "../secrets/mask.ts";
import { escapeControls, writeAll } from "./log.ts";

const STREAMS: Readonly<Record<string, number>> = { stdout: 1, stderr: 2 };

/** Returns what writes to a standard stream that is a terminal; undefined for any other target of the log. */
export function terminalWriter(target: string): ((text: string) => void) | undefined {
  const descriptor = STREAMS[target];
  if (descriptor === undefined || !isatty(descriptor)) return undefined;
  return (text) => {
    try {
      writeAll(descriptor, escapeControls(maskSecrets(text)));
    } catch {
      // The terminal has gone, and nowhere is left to say it.
    }
  };
}
