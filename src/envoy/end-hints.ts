import type { EndFacts, TakenPort } from "./end-facts.ts";
import type { Refusal } from "./refusal.ts";

const ADAPT = "switch on --adapt-envoy (ATTACHE_ADAPT_ENVOY=true), which changes what this Envoy no longer knows";

/** What a person can do about a refusal, for those that are known (contract envoy §1, §2). */
export function refusalHint({ reason }: Refusal, { runsOldContract }: Pick<EndFacts, "runsOldContract">): string | undefined {
  const isUnknownFlag = /Couldn't find match for argument/.test(reason);
  const isOldApi = /find @type '[^']*(?:\.v2(?:alpha\d*)?\.|\.config\.filter\.)/.test(reason);
  if (runsOldContract && (isUnknownFlag || isOldApi)) return ADAPT;
  if (isUnknownFlag)
    return "the arguments are for another release of Envoy: its --help lists what it accepts, and --envoy-path (ATTACHE_ENVOY_PATH) sets another";
  if (isOldApi) return "the bootstrap is made for API v2, which this Envoy no longer has: change its type names to those of v3";
  if (/unable to bind domain socket/.test(reason)) return BASE_ID_HINT;
  return undefined;
}

export const ENDED_UNASKED = "Envoy ended with exit code 0, though this agent was not asked to stop it";

/** What helps where Envoy's ports are taken: the settings that choose others. */
export function portHint(ports: readonly TakenPort[]): string {
  const settings = [...new Set(ports.flatMap(({ setting }) => setting ?? []))];
  return `stop what listens there${settings.length === 0 ? "" : `, or set another port: ${settings.join(", ")}`}`;
}

export const PROGRAM_HINT = "--envoy-path (ATTACHE_ENVOY_PATH) sets another";
export const BASE_ID_HINT = "give each Envoy of this network namespace a --base-id of its own";
export const SHARED_MEMORY_HINT = "hot restart needs it: mount it writable, such as an emptyDir with medium Memory";
export const OPEN_FILES_HINT = "raise the hard limit of open files (ulimit -Hn), or lower concurrency";
export const MEMORY_HINT = "raise the container's memory limit";
export const QUIT_HINT = "a POST to /quitquitquit of its admin, or a signal from elsewhere, ends it so";
