import type { RuleTable } from "../rules.ts";

/** What changed after 1.6.0, the recorded release (contract 1.6 §14). */
export interface Changes {
  /** `FILE_MOUNTED_CERTS`: no token and no root certificate is required. */
  readonly fileMountedCerts: boolean;
  /** The Stackdriver tracer names the port of the STS server, and the service it reports to. */
  readonly stackdriverService: boolean;
  /** The drain of a gateway covers all listeners, as they are outbound. */
  readonly drainsGateways: boolean;
  /** Envoy's state is not checked again after it was live; the timeout of the check is 5 s. */
  readonly keepsReadiness: boolean;
  /** The command `wait`. */
  readonly waits: boolean;
  /** `terminationDrainDuration` of the ProxyConfig. */
  readonly terminationDrain: boolean;
  /** Startup probes, and a leading slash for the path of every probe. */
  readonly startupProbes: boolean;
}

/** Each change with the first release that has it. */
export const CHANGES: RuleTable<Changes> = {
  fileMountedCerts: { is: true, since: [1, 6, 1], before: false },
  stackdriverService: { is: true, since: [1, 6, 5], before: false },
  drainsGateways: { is: true, since: [1, 6, 9], before: false },
  keepsReadiness: { is: true, since: [1, 6, 9], before: false },
  waits: { is: true, since: [1, 7, 0], before: false },
  terminationDrain: { is: true, since: [1, 7, 0], before: false },
  startupProbes: { is: true, since: [1, 7, 0], before: false },
};
