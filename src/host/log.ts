import { LOG_LEVELS, type LogOptions } from "../cli/log-options.ts";
import type { Log } from "../common/notice.ts";
import { maskSecrets } from "../secrets/mask.ts";
import { nodeFs, tryWrite } from "./files/libc-files.ts";
import { reasonOf } from "./files/read-file.ts";

/**
 * Opens the agent's log as the flags configure it: one event a line, in the upstream format (contract 1.6 §1.9). `fallback` is the target
 * when none is configured. Lines that a file does not accept go to standard error.
 */
export function openLog(options: LogOptions, fallback: "stdout" | "stderr"): Log {
  const least = LOG_LEVELS.indexOf(options.level);
  const targets = options.targets.length > 0 ? options.targets : [fallback];
  const failed = new Set<string>();
  return (level, text) => {
    if (LOG_LEVELS.indexOf(level) < least) return;
    const line = formatLine(level, maskSecrets(text), options.json);
    for (const target of targets) {
      const reason = writeLine(target, line);
      if (reason === undefined) continue;
      const text = `Cannot write the log to "${target}" (--log_target): ${reason}`;
      if (!failed.has(target)) writeLine("stderr", formatLine("error", text, options.json));
      failed.add(target);
      if (targets.length === 1) writeLine("stderr", line);
    }
  };
}

function formatLine(level: string, text: string, json: boolean): string {
  const time = new Date().toISOString().replace("Z", "000Z");
  return json ? `${JSON.stringify({ level, time, msg: text })}\n` : `${time}\t${level}\t${escapeControls(text)}\n`;
}

/** Control characters that a terminal may interpret; line breaks and tabs, as in a stack trace, are kept. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: naming them is the point
const CONTROLS = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Escapes the control characters of a text, which may come from any variable or file, so that a terminal does not interpret them. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (found) => `\\x${found.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Writes a line. A closed pipe or a full disk must not end the agent. Returns why a file did not accept the line. */
function writeLine(target: string, line: string): string | undefined {
  try {
    if (target === "stdout") writeAll(1, line);
    else if (target === "stderr") writeAll(2, line);
    else append(target, line);
  } catch (error) {
    // A failure of a standard stream cannot be reported anywhere.
    return target === "stdout" || target === "stderr" ? undefined : reasonOf(error);
  }
  return undefined;
}

/** Appends a line to a file. A pipe that nobody reads must not block the agent. @throws Error of the system call */
function append(path: string, line: string): void {
  const { closeSync, constants, openSync } = nodeFs();
  const descriptor = openSync(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK);
  try {
    writeAll(descriptor, line);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Writes all of a text to a descriptor, without changing the file status flags that it shares with Envoy. @throws Error on a closed pipe
 */
export function writeAll(descriptor: number, text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; ) at += attempt(descriptor, bytes.subarray(at));
}

/** Returns how many bytes were written; 0, after a pause, when a non-blocking pipe is full. */
function attempt(descriptor: number, bytes: Uint8Array): number {
  const taken = tryWrite(descriptor, bytes);
  if (taken >= 0) return taken;
  try {
    return nodeFs().writeSync(descriptor, bytes);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    Bun.sleepSync(1);
    return 0;
  }
}
