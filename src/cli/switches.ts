import { LONGEST_TIMER } from "../common/longest-timer.ts";
import { milliseconds, parseDuration } from "../go/duration.ts";
import type { Environment } from "../inputs/environment.ts";
import { boolFlag, type FlagArgument, type FlagName, type FlagTable, type FlagValues, stringFlag } from "./flag.ts";
import type { FlagError } from "./flag-values.ts";
import { nearest } from "./nearest.ts";

/**
 * attache's own flags, independent of the profile. Each has a variable `ATTACHE_<NAME>`, because the arguments are fixed in an
 * injector's template while operators can add variables; the flag takes precedence over the variable.
 */
export const SWITCHES = [
  stringFlag(
    "profile",
    "",
    "Istio release to follow: istio-1.6, istio-1.28, istio-1.29, istio-1.30 or istio-1.31 (default: chosen by ISTIO_META_ISTIO_VERSION)",
  ),
  boolFlag(
    "strict",
    false,
    "Refuse unknown flags, unknown ProxyConfig fields and a release of Istio that was not recorded, instead of a warning",
  ),
  stringFlag(
    "xds",
    "agent",
    "Source of Envoy's resources: agent (the agent's socket), direct (the control plane, without the agent in between) or file:DIR (listeners.yaml and clusters.yaml in DIR); not with istio-1.6",
  ),
  stringFlag(
    "exit-status",
    "true",
    "true: Envoy's own exit status, or 128 + signal number; istio: 0 after any attempt to start Envoy, like pilot-agent",
  ),
  stringFlag("drain", "recorded", "recorded: drain like the release; lossless: accept connections until none are left"),
  stringFlag("grace-period", "", "The pod's terminationGracePeriodSeconds; the agent exits within it (default: 30 s assumed)"),
  stringFlag("pre-drain-delay", "0", "Time between the signal and the drain, so that endpoints can be removed"),
  stringFlag("stop-timeout", "5", "Time between SIGTERM and SIGKILL for Envoy"),
  boolFlag("hot-restart", false, "Start a new epoch on SIGHUP or when certificates change (always on with istio-1.6)"),
  stringFlag(
    "parent-shutdown-time",
    "",
    "With hot restart: time for the old epoch to finish its requests (default: 60 s; istio-1.6: as configured)",
  ),
  boolFlag("watch", false, "With hot restart: start a new epoch also when mesh config, annotations, template or override change"),
  stringFlag("restart", "never", "When to restart Envoy after it exits: never, on-failure or always"),
  stringFlag(
    "envoy-path",
    "",
    "Envoy executable; takes precedence over binaryPath in the ProxyConfig (default: binaryPath, /usr/local/bin/envoy, or envoy on PATH)",
  ),
  boolFlag("exec", false, "Write the files, then replace attache with Envoy; Envoy is not supervised"),
  stringFlag("termination-message-path", "/dev/termination-log", "File for the reason of a failure, shown by the kubelet"),
  boolFlag(
    "adapt-envoy",
    false,
    "Detect Envoy's version and change what it no longer supports (options and API v2 of older releases); each change is logged",
  ),
  stringFlag(
    "readiness",
    "istio",
    "istio: like the release, which may stay ready once it was; live: check Envoy every time, not ready while draining",
  ),
  boolFlag("private-files", false, "Write the bootstrap with mode 0600 instead of 0666 minus the umask"),
] as const satisfies FlagTable;

type SwitchTable = typeof SWITCHES;
type TextSwitch = FlagName<SwitchTable, "string">;

/** The member for a switch: `exitStatus` for `exit-status`. */
type Member<Name extends string> = Name extends `${infer First}-${infer Rest}` ? `${First}${Capitalize<Member<Rest>>}` : Name;

/** Every switch as a member. The profile is chosen before the others are read. */
type EverySwitch = { readonly [Name in SwitchTable[number]["name"] as Member<Exclude<Name, "profile">>]: unknown };

/** The format of times, for help. */
export const TIMES = "Times are in seconds, such as 30 or 0.5, or durations, such as 500ms or 1m30s.";

/** Returns the variable of a switch: `ATTACHE_PROFILE` for `profile`. */
export function variableOf(name: string): string {
  return `ATTACHE_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** The values of the switches. Times are in milliseconds. */
export interface Switches {
  readonly strict: boolean;
  readonly xds: { readonly kind: "agent" | "direct" } | { readonly kind: "file"; readonly directory: string };
  readonly exitStatus: "true" | "istio";
  readonly drain: "recorded" | "lossless";
  /** Undefined when it is unknown. */
  readonly gracePeriod: number | undefined;
  readonly preDrainDelay: number;
  readonly stopTimeout: number;
  readonly hotRestart: boolean;
  /** Undefined: the release's own. */
  readonly parentShutdownTime: number | undefined;
  readonly watch: boolean;
  readonly restart: "never" | "on-failure" | "always";
  /** Empty when it is not set. */
  readonly envoyPath: string;
  readonly exec: boolean;
  readonly terminationMessagePath: string;
  readonly readiness: "istio" | "live";
  readonly privateFiles: boolean;
  readonly adaptEnvoy: boolean;
}

/** Returns the values of the switches that the environment sets; those of the command line come after them. */
export function switchArguments(environment: Environment): readonly FlagArgument[] {
  const found: FlagArgument[] = [];
  for (const { name } of SWITCHES) {
    const variable = variableOf(name);
    const value = environment.lookup(variable);
    if (value !== undefined && value !== "") found.push({ name, value, variable });
  }
  return found;
}

/** Returns the values of the switches, and their errors. */
export function readSwitches(values: FlagValues<SwitchTable>): { readonly switches: Switches; readonly errors: readonly FlagError[] } {
  const errors: FlagError[] = [];
  const one = <T extends string>(name: TextSwitch, allowed: readonly [T, ...T[]]): T => {
    const value = values.string(name);
    const found = allowed.find((each) => each === value);
    if (found === undefined) errors.push({ flag: name, value, message: mustBe(name, allowed, value) });
    return found ?? allowed[0];
  };
  const time = (name: TextSwitch): number | undefined => {
    const value = values.string(name) || (SWITCHES.find((flag) => flag.name === name)?.default ?? "");
    const parsed = value === "" ? undefined : millisecondsOf(value);
    if (value !== "" && parsed === undefined)
      errors.push({
        flag: name,
        value,
        message: `--${name} must be a time such as 30 (seconds), 500ms or 1m30s: current value is "${value}"`,
      });
    return parsed;
  };
  const source = values.string("xds");
  const directory = source.startsWith("file:") ? source.slice("file:".length) : undefined;
  if (source !== "agent" && source !== "direct" && !directory)
    errors.push({ flag: "xds", value: source, message: mustBe("xds", ["agent", "direct", "file:DIR"], source) });
  const switches: Switches & EverySwitch = {
    strict: values.bool("strict"),
    xds: directory ? { kind: "file", directory } : { kind: source === "direct" ? "direct" : "agent" },
    exitStatus: one("exit-status", ["true", "istio"]),
    drain: one("drain", ["recorded", "lossless"]),
    gracePeriod: time("grace-period"),
    preDrainDelay: time("pre-drain-delay") ?? 0,
    stopTimeout: time("stop-timeout") ?? 0,
    hotRestart: values.bool("hot-restart"),
    parentShutdownTime: time("parent-shutdown-time"),
    watch: values.bool("watch"),
    restart: one("restart", ["never", "on-failure", "always"]),
    envoyPath: values.string("envoy-path"),
    exec: values.bool("exec"),
    readiness: one("readiness", ["istio", "live"]),
    terminationMessagePath: values.string("termination-message-path"),
    privateFiles: values.bool("private-files"),
    adaptEnvoy: values.bool("adapt-envoy"),
  };
  return { errors, switches };
}

/** Returns the error for a value that is not one of those allowed, with the one that is probably meant. */
export function mustBe(name: string, allowed: readonly (string | number)[], value: string | number): string {
  const shown = typeof value === "number" ? value : JSON.stringify(value);
  const near = nearest(String(value), typeof value === "number" ? [] : allowed.map(String));
  const hint = near === undefined ? "" : `; did you mean ${near}?`;
  return `--${name} must be ${allowed.slice(0, -1).join(", ")} or ${allowed.at(-1)}: current value is ${shown}${hint}`;
}

/** Parses a time, whole or decimal seconds or a Go duration, to milliseconds; undefined for anything else. */
function millisecondsOf(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return bounded(Number(text) * 1000);
  const parsed = parseDuration(text);
  return parsed.ok ? bounded(milliseconds(parsed.value)) : undefined;
}

/** Returns a time that a timer can hold; undefined for others. */
function bounded(milliseconds: number): number | undefined {
  return milliseconds >= 0 && milliseconds <= LONGEST_TIMER ? milliseconds : undefined;
}
