import type { Environment } from "../inputs/environment.ts";
import { boolFlag, type Flag, type FlagValues, stringFlag } from "./flag.ts";

/**
 * attache's own switches, apart from the profile's flags. Each has a variable `ATTACHE_<NAME>`, as an injector's template
 * fixes the arguments while operators can add environment; the flag beats the variable (design §6).
 */
export const SWITCHES: readonly Flag[] = [
  stringFlag("profile", "", "Contract to follow: istio-1.6 or istio-1.30; by default chosen from ISTIO_META_ISTIO_VERSION"),
  boolFlag("strict", false, "Refuse unknown flags instead of ignoring them"),
  stringFlag(
    "xds",
    "agent",
    "Where Envoy gets its resources: agent (the agent's socket) or file:DIR (listeners.yaml and clusters.yaml in DIR); istio-1.30 only",
  ),
  stringFlag("exit-status", "true", "true: the status tells how Envoy ended; istio: 0 whenever Envoy was to be started, as pilot-agent"),
  stringFlag(
    "readiness",
    "istio",
    "istio: ready once, ready for ever, where the profile says so; live: ask Envoy at every check, not ready while draining",
  ),
  boolFlag("private-files", false, "Write the bootstrap with mode 0600 instead of 0666 less the umask"),
];

/** `profile` → `ATTACHE_PROFILE`. */
export function variableOf(name: string): string {
  return `ATTACHE_${name.toUpperCase().replaceAll("-", "_")}`;
}

export interface Switches {
  readonly strict: boolean;
  readonly xds: { readonly kind: "agent" } | { readonly kind: "file"; readonly directory: string };
  readonly exitStatus: "true" | "istio";
  readonly readiness: "istio" | "live";
  readonly privateFiles: boolean;
}

/** The words `--name=value` of all switches that only the environment sets; they stand before the command line's own. */
export function switchWords(environment: Environment): readonly string[] {
  return SWITCHES.flatMap(({ name }) => {
    const value = environment.get(variableOf(name));
    return value === undefined || value === "" ? [] : [`--${name}=${value}`];
  });
}

/** The switches' values, and what is wrong with them. */
export function readSwitches(values: FlagValues): { readonly switches: Switches; readonly errors: readonly string[] } {
  const errors: string[] = [];
  const exitStatus = values.string("exit-status");
  if (exitStatus !== "true" && exitStatus !== "istio") errors.push(`--exit-status must be true or istio: current value is "${exitStatus}"`);
  const source = values.string("xds");
  const readiness = values.string("readiness");
  if (readiness !== "istio" && readiness !== "live") errors.push(`--readiness must be istio or live: current value is "${readiness}"`);
  const directory = source.startsWith("file:") ? source.slice("file:".length) : undefined;
  if (source !== "agent" && !directory) errors.push(`--xds must be agent or file:DIR: current value is "${source}"`);
  return {
    errors,
    switches: {
      strict: values.bool("strict"),
      xds: directory ? { kind: "file", directory } : { kind: "agent" },
      exitStatus: exitStatus === "istio" ? "istio" : "true",
      readiness: readiness === "live" ? "live" : "istio",
      privateFiles: values.bool("private-files"),
    },
  };
}
