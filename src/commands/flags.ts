import { boolFlag, type FlagTable, intFlag, stringFlag } from "../cli/flag.ts";
import type { Invocation } from "../profiles/invocation.ts";
import type { CommonTables } from "../profiles/tables.ts";
import { PORT } from "../settings/ports.ts";

/** An invocation of a command that takes flags of its own beside those of all. */
export type InvocationWith<Own extends FlagTable> = Invocation<readonly (CommonTables["flags"][number] | Own[number])[]>;

/** Flags of `render`. */
export const RENDER_FLAGS = [
  stringFlag("format", "bootstrap", "What to print: bootstrap, argv (one argument a line) or launch (all of it as JSON)"),
] as const satisfies FlagTable;

/** Flags of `request`, which may ask one of several ports. */
export function requestFlags(ports: readonly [number, ...number[]]) {
  return [intFlag("debug-port", ports[0], `Port of this machine to ask: ${ports.join(", ")}`)] as const satisfies FlagTable;
}

/** Flags of `wait`, with the URL to ask. */
export function waitFlags(url: string) {
  return [
    intFlag("timeoutSeconds", 60, "How long to wait in total, in seconds"),
    intFlag("requestTimeoutMillis", 500, "How long one attempt may take, in milliseconds; no limit at 0 or less"),
    intFlag("periodMillis", 500, "Time between attempts, in milliseconds"),
    stringFlag("url", url, "URL that must answer 200"),
  ] as const satisfies FlagTable;
}

/** Flags of `run`. */
export function runFlags() {
  return [
    ...waitFlags(`http://localhost:${PORT.status}/healthz/ready`),
    stringFlag("quit", "always", "When to stop the proxy after the command: always, on-success (exit status 0) or never"),
    stringFlag("quit-url", `http://localhost:${PORT.status}/quitquitquit`, "URL that stops the proxy"),
  ] as const satisfies FlagTable;
}

/** Flags of `version`. */
export function versionFlags() {
  return [
    { ...boolFlag("short", false, "Only the release"), short: "s" },
    { ...stringFlag("output", "", "json or yaml"), short: "o" },
  ] as const satisfies FlagTable;
}
