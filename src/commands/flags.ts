import { boolFlag, type Flag, type FlagTable, intFlag, stringFlag, withShort } from "../cli/flag.ts";
import { SWITCHES } from "../cli/switches.ts";
import type { Profile } from "../profiles/profile.ts";
import { PORT } from "../settings/ports.ts";

/** The flag for help, which every command and the program accept. */
export const HELP_FLAG: Flag = withShort("h", boolFlag("help", false, "Print this help"));
/** The flag for the version, which only the program accepts, as in the releases. */
export const VERSION_FLAG: Flag = withShort("v", boolFlag("version", false, "Print attache's version above the help"));

/** Returns the flags of every command: attache's switches and the profile's root flags. */
export function rootFlags(profile: Profile): readonly Flag[] {
  return [...SWITCHES, ...profile.rootFlags];
}

/** Flags of the commands that can plan for another machine, which a file describes. */
export const SOURCE_FLAGS = [
  stringFlag("from-file", "", "Pod (as kubectl prints it, YAML or JSON) or saved environment to plan for; - is standard input"),
  stringFlag("from-pid", "", "ID of a running process of this machine to plan for, such as a proxy's agent; its files are only read"),
  stringFlag("pod", "", "The pod, if a file has several: NAME, NAMESPACE/NAME or KIND/NAME"),
  stringFlag("container", "", "The container of the proxy in a file (default: istio-proxy)"),
  stringFlag("mesh-config", "", "Mesh config for the pod in a file (default: its mounted ConfigMap, if the file has it)"),
] as const satisfies FlagTable;

/** Flags of `explain`. */
export const EXPLAIN_FLAGS = [
  boolFlag("all", false, "Explain every input instead of single values"),
  stringFlag("html", "", "Write every value and input as a page for a browser to this file; - is standard output"),
  { ...stringFlag("output", "text", "Output format: text or json"), short: "o" },
  ...SOURCE_FLAGS,
] as const satisfies FlagTable;

/** Flags of `validate`. */
export const VALIDATE_FLAGS = [
  { ...stringFlag("output", "text", "Output format: text, json or sarif"), short: "o" },
  ...SOURCE_FLAGS,
] as const satisfies FlagTable;

/** Flags of `diff`. */
export const DIFF_FLAGS = [
  { ...stringFlag("output", "text", "Output format: text or json"), short: "o" },
  ...SOURCE_FLAGS.filter(({ name }) => name !== "from-file"),
] as const satisfies FlagTable;

/** Flags of `render`. */
export const RENDER_FLAGS = [
  ...SOURCE_FLAGS,
  stringFlag("format", "bootstrap", "What to print: bootstrap, argv (one argument per line) or launch (the whole plan as JSON)"),
  { ...stringFlag("output", "", "Notation: json or yaml (default: the bootstrap as proxy writes it)"), short: "o" },
  stringFlag("section", "", "Print only this part: a member of the view, such as node or admin, or a path into it"),
  boolFlag("mask-secrets", false, "Replace secrets by ***, so that the output can be shown to others"),
] as const satisfies FlagTable;

/** Flags of `istio-iptables` that no release has. */
export const TRAFFIC_FLAGS = [
  boolFlag("explain", false, "Print in words what the rules do, without applying them"),
  boolFlag("check", false, "Print how the rules of the pod differ from those of these flags; exit status 1 if they do"),
] as const satisfies FlagTable;

/** Flags of `istio-clean-iptables`. */
export const CLEAN_FLAGS = [
  withShort("n", boolFlag("dry-run", false, "Print the commands without running them; also DRY_RUN=true")),
] as const satisfies FlagTable;

/** Returns the flags of `request` with the valid ports. */
export function requestFlags(ports: readonly [number, ...number[]]) {
  return [intFlag("debug-port", ports[0], `Local port to send the request to: ${ports.join(", ")}`)] as const satisfies FlagTable;
}

/** Returns the flags of `wait` with the default URL. */
export function waitFlags(url: string) {
  return [
    intFlag("timeoutSeconds", 60, "Maximum time to wait, in seconds"),
    intFlag("requestTimeoutMillis", 500, "Timeout of one attempt, in milliseconds; 0 or less: no limit"),
    intFlag("periodMillis", 500, "Time between attempts, in milliseconds"),
    stringFlag("url", url, "URL that must return status code 200"),
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
    withShort("s", boolFlag("short", false, "Print only the release")),
    withShort("o", stringFlag("output", "", "Output format: json or yaml")),
  ] as const satisfies FlagTable;
}

/** The types of the flags of `explain`. */
export type ExplainFlags = typeof EXPLAIN_FLAGS;
export type ValidateFlags = typeof VALIDATE_FLAGS;
export type DiffFlags = typeof DIFF_FLAGS;
export type RenderFlags = typeof RENDER_FLAGS;
export type RequestFlags = ReturnType<typeof requestFlags>;
export type WaitFlags = ReturnType<typeof waitFlags>;
export type RunFlags = ReturnType<typeof runFlags>;
export type VersionFlags = ReturnType<typeof versionFlags>;
