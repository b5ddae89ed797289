import { isatty } from "node:tty";
import { maskSecrets } from "../secrets/mask.ts";
import { escapeControls, writeAll } from "./log.ts";

const STREAMS: Readonly<Record<string, number>> = { stdout: 1, stderr: 2 };

/** Returns a function that writes to a standard stream that is a terminal; undefined for any other log target. */
export function terminalWriter(target: string): ((text: string) => void) | undefined {
  const descriptor = STREAMS[target];
  if (descriptor === undefined || !isatty(descriptor)) return undefined;
  return (text) => {
    try {
      writeAll(descriptor, escapeControls(maskSecrets(text)));
    } catch {
      // The terminal is gone, so the failure cannot be reported.
    }
  };
}
