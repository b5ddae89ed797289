import type { EndFacts, PortInUse } from "./end-facts.ts";
import type { Refusal } from "./refusal.ts";

const ADAPT = "use --adapt-envoy (ATTACHE_ADAPT_ENVOY=true), which changes what this Envoy no longer supports";

/** An Envoy of the Envoy project has none of Istio's own extensions. */
const ISTIO_HINT = "the bootstrap needs an extension of Istio: use the Envoy of Istio's proxy image, which has it";

/** Returns what to do about a refusal, if it is a known one (contract envoy §1, §2). */
export function refusalHint({ reason }: Refusal, { runsOldContract }: Pick<EndFacts, "runsOldContract">): string | undefined {
  const isUnknownFlag = /Couldn't find match for argument/.test(reason);
  const isOldApi = /find @type '[^']*(?:\.v2(?:alpha\d*)?\.|\.config\.filter\.)/.test(reason);
  if (runsOldContract && (isUnknownFlag || isOldApi)) return ADAPT;
  if (isUnknownFlag)
    return "the arguments are for another release of Envoy: its --help lists what it accepts; set another path with --envoy-path (ATTACHE_ENVOY_PATH)";
  if (isOldApi) return "the bootstrap uses API v2, which this Envoy no longer supports: change its type URLs to those of v3";
  if (/registered implementation for '[^']*' with type URL: '(?:type\.googleapis\.com\/)?istio\./.test(reason)) return ISTIO_HINT;
  if (/unable to bind domain socket/.test(reason)) return BASE_ID_HINT;
  return undefined;
}

export const EXITED_UNREQUESTED = "Envoy exited with status 0, although this agent was not asked to stop it";

/** Returns what to do if Envoy's ports are in use, with the settings that change them. */
export function portHint(ports: readonly PortInUse[]): string {
  const settings = [...new Set(ports.flatMap(({ setting }) => setting ?? []))];
  return `stop the process that listens there${settings.length === 0 ? "" : `, or set another port: ${settings.join(", ")}`}`;
}

export const PROGRAM_HINT = "set another path with --envoy-path (ATTACHE_ENVOY_PATH)";
export const BASE_ID_HINT = "use a different --base-id for each Envoy in this network namespace";
export const SHARED_MEMORY_HINT = "hot restart requires it: mount it writable, for example as an emptyDir with medium Memory";
export const OPEN_FILES_HINT = "raise the hard limit of open files (ulimit -Hn), or lower concurrency";
export const MEMORY_HINT = "raise the container's memory limit";
export const QUIT_HINT = "a POST to /quitquitquit of its admin interface or a signal from another process does that";
