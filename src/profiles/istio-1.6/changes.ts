import { isAtLeast, type Release } from "../release.ts";

/** The changes after 1.6.0, the recorded release, each with the first release that has it (contract 1.6 §14). */
const SINCE = {
  /** `FILE_MOUNTED_CERTS`: no token and no root certificate is required. */
  fileMountedCerts: [1, 6, 1],
  /** The Stackdriver tracer names the port of the STS server, and the service it reports to. */
  stackdriverService: [1, 6, 5],
  /** The drain of a gateway covers all listeners, as they are outbound. */
  drainsGateways: [1, 6, 9],
  /** Envoy's state is not checked again after it was live; the timeout of the check is 5 s. */
  keepsReadiness: [1, 6, 9],
  /** The command `wait`. */
  waits: [1, 7, 0],
  /** `terminationDrainDuration` of the ProxyConfig. */
  terminationDrain: [1, 7, 0],
  /** Startup probes, and a leading slash for the path of every probe. */
  startupProbes: [1, 7, 0],
} as const satisfies Readonly<Record<string, Release>>;

/** Whether a release has each change. */
export type Changes = Readonly<Record<keyof typeof SINCE, boolean>>;

/** Returns the changes that a release has. */
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
