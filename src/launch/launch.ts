import type { Notice } from "../common/notice.ts";
import type { AdminAddress } from "../envoy/admin-address.ts";
import type { EnvoyOption } from "../envoy/options.ts";
import type { OwnConfiguration } from "../envoy/own-configuration.ts";
import type { Node } from "../node/node.ts";
import type { ReadinessRules, StatusPlan } from "../status/status-plan.ts";
import type { Supervision } from "../supervisor/supervision.ts";

/** A file to write before Envoy starts. */
export interface LaunchFile {
  readonly path: string;
  readonly text: string;
  /** Before the umask takes its part. */
  readonly mode: number;
}

/** Everything needed to start one epoch of Envoy, as data (docs/architecture.md). */
export interface Launch {
  readonly profile: string;
  readonly role: string;
  readonly epoch: number;
  /** No Envoy is started: the agent serves the application alone (contract 1.30 §9.1 step 8). */
  readonly withoutEnvoy?: true;
  /** The executable; looked up in PATH when it has no slash. */
  readonly binary: string;
  /** What names the executable, for messages. */
  readonly binaryOrigin: string;
  /** Envoy's command line; a value may look like an option, so both stay together until the process is started. */
  readonly options: readonly EnvoyOption[];
  /** What Envoy reads; generated when `bootstrap` is there. */
  readonly configFile: string;
  /** What of the configuration is not attache's, for messages. */
  readonly ownConfiguration: readonly OwnConfiguration[];
  /** The generated document. */
  readonly bootstrap?: string;
  /** Made with mode 0700 where they are missing. */
  readonly directory?: string;
  /** Written whole or not at all, in order. */
  readonly files: readonly LaunchFile[];
  /** Sockets that nothing answers on, removed before the start. */
  readonly removals: readonly string[];
  /** The directory that Envoy reads listeners and clusters from, where it does. */
  readonly xdsDirectory?: string;
  /** Removed when Envoy has ended. */
  readonly temporary: readonly string[];
  /** Changes to the inherited environment. */
  readonly environment: { readonly set: Readonly<Record<string, string>>; readonly unset: readonly string[] };
  /** Where Envoy's admin interface is. */
  readonly admin: AdminAddress;
  readonly supervision: Supervision;
  readonly user?: { readonly uid: number; readonly gid: number };
  /** What makes the proxy ready, the status server off or not. */
  readonly readiness: ReadinessRules;
  /** Who this proxy is, for the log. */
  readonly node: Pick<Node, "id" | "cluster" | "addresses">;
  /** What the status server does; absent where it is off. */
  readonly status?: StatusPlan;
  readonly notices: readonly Notice[];
}
