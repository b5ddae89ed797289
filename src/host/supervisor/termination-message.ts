import { closeSync, constants, openSync, writeSync } from "node:fs";
import { maskSecrets } from "../../secrets/mask.ts";
import { reasonOf } from "../files/read-file.ts";
import { escapeControls } from "../log.ts";

/** The path that a kubelet reads unless the container sets another. */
export const DEFAULT_TERMINATION_MESSAGE_PATH = "/dev/termination-log";

/** The length that a kubelet reads, in bytes. */
const LONGEST = 4_096;

/**
 * Writes a text to the file that a kubelet shows as the reason of a container's termination, in place of its contents, cut to 4096 bytes.
 * The kubelet creates the default file: when it does not exist, nothing is written. Never throws; returns what went wrong.
 */
export function writeTerminationMessage(path: string, text: string): string | undefined {
  const { O_WRONLY, O_TRUNC, O_CREAT, O_NONBLOCK } = constants;
  const isDefault = path === DEFAULT_TERMINATION_MESSAGE_PATH;
  let descriptor: number | undefined;
  try {
    // Opening a pipe without a reader fails instead of waiting.
    descriptor = openSync(path, O_WRONLY | O_TRUNC | O_NONBLOCK | (isDefault ? 0 : O_CREAT), 0o644);
    const bytes = head(escapeControls(maskSecrets(text)));
    for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
    return undefined;
  } catch (error) {
    if (isDefault && error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    return `Cannot write the termination message to "${path}" (--termination-message-path): ${reasonOf(error)}`;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Returns the first bytes of a text, cut between characters. */
function head(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  let length = Math.min(bytes.length, LONGEST);
  while (length < bytes.length && length > 0 && ((bytes[length] ?? 0) & 0xc0) === 0x80) length -= 1;
  return bytes.subarray(0, length);
}
