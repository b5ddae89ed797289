import type { Exit } from "../linux/exit.ts";
import type { UserConfiguration } from "./user-configuration.ts";

/** A process, if it is visible. */
export interface Holder {
  readonly pid: number;
  readonly name: string;
}

/** An address that Envoy could not bind; `setting` is where to change the port. */
export interface PortInUse {
  readonly address: string;
  readonly port: number;
  readonly holder?: Holder;
  readonly setting?: string;
}

/** A program that may not be Envoy. */
export interface Program {
  readonly path: string;
  /** The setting that names it. */
  readonly origin: string;
  /** The interpreter of a script. */
  readonly interpreter?: string;
  /** It is certainly not Envoy; a script may start one. */
  readonly isNotEnvoy: boolean;
  /** Its result when run with --version. */
  readonly version?: string;
}

/** The facts about an exit of Envoy. A fact that was not looked up or is unknown is absent. */
export interface EndFacts {
  readonly exit: Exit;
  /** Whether it was ever LIVE; undefined if that was not checked shortly before the exit. */
  readonly wasLive: boolean | undefined;
  /** Whether the agent was asked to stop Envoy. */
  readonly isRequested: boolean;
  /** The cgroup's count of OOM kills, with its limit and peak in bytes; without the count before if that was read too late. */
  readonly memory?: {
    readonly oomKillsBefore?: number;
    readonly oomKillsAfter: number;
    readonly limit?: number;
    readonly peak?: number;
  };
  /** The result of the same Envoy with `--mode validate` and the same arguments. */
  readonly validation?: { readonly ok: boolean; readonly output: string };
  /** The program that ran, if it may not be Envoy. */
  readonly program?: Program;
  /** Addresses it binds at start that are in use by others. */
  readonly ports?: readonly PortInUse[];
  /** Its base-id, if the domain sockets of it belong to another process. */
  readonly baseId?: { readonly id: number; readonly holder?: Holder };
  /** Why /dev/shm is not writable, where hot restart needs it. */
  readonly sharedMemoryProblem?: string;
  /** The hard limit of open files, if Envoy needs more. */
  readonly openFiles?: { readonly limit: number; readonly needed: number };
  /** The user-provided parts of its configuration. */
  readonly userConfiguration: readonly UserConfiguration[];
  /** Whether command line and bootstrap are those of an old contract, not adapted to this Envoy. */
  readonly runsOldContract: boolean;
}
