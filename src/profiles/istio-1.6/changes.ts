import { isAtLeast, type Release } from "../release.ts";

/** What changed after 1.6.0, the release that was recorded, each with the first release that has it (contract 1.6 §14). */
const SINCE = {
  /** `FILE_MOUNTED_CERTS`: neither a token nor a root certificate is needed. */
  fileMountedCerts: [1, 6, 1],
  /** The Stackdriver tracer names the port of the STS server, and the service it reports to. */
  stackdriverService: [1, 6, 5],
  /** A gateway is drained with all its listeners, which are outbound ones. */
  drainsGateways: [1, 6, 9],
  /** Envoy's state, once it was live, is not asked again; it has 5 s for the answer. */
  keepsReadiness: [1, 6, 9],
  /** The command `wait`. */
  waits: [1, 7, 0],
  /** `terminationDrainDuration` of the ProxyConfig. */
  terminationDrain: [1, 7, 0],
  /** Startup probes, and a slash in front of the path of any probe. */
  startupProbes: [1, 7, 0],
} as const satisfies Readonly<Record<string, Release>>;

/** Which of the changes a release has. */
export type Changes = Readonly<Record<keyof typeof SINCE, boolean>>;

/** The changes of a release. */
export function changesOf(release: Release): Changes {
  const has = (name: keyof typeof SINCE) => isAtLeast(release, SINCE[name]);
  return {
    fileMountedCerts: has("fileMountedCerts"),
    stackdriverService: has("stackdriverService"),
    drainsGateways: has("drainsGateways"),
    keepsReadiness: has("keepsReadiness"),
    waits: has("waits"),
    terminationDrain: has("terminationDrain"),
    startupProbes: has("startupProbes"),
  };
}
