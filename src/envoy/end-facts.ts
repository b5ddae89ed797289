import type { Exit } from "./exit-status.ts";

/** A process, as far as it can be seen. */
export interface Holder {
  readonly pid: number;
  readonly name: string;
}

/** What is known about the end of an Envoy. A fact that was not looked for, or could not be found out, is absent. */
export interface EndFacts {
  readonly exit: Exit;
  /** Whether it had ever been LIVE. */
  readonly wasLive: boolean;
  /** Whether the agent was asked to stop, and so told Envoy. */
  readonly asked: boolean;
  /** The cgroup's count of out-of-memory kills before and after, with its limit and peak in bytes. */
  readonly memory?: {
    readonly oomKillsBefore: number;
    readonly oomKillsAfter: number;
    readonly limit?: number;
    readonly peak?: number;
  };
  /** What the same Envoy answered to `--mode validate` with the same arguments. */
  readonly validation?: { readonly ok: boolean; readonly output: string };
  /** Addresses it binds at start that others listen on. */
  readonly ports?: readonly { readonly address: string; readonly port: number; readonly holder?: Holder }[];
  /** Its base-id, when the domain sockets of it are another's. */
  readonly baseId?: { readonly id: number; readonly holder?: Holder };
  /** Why /dev/shm cannot be written to, where hot restart needs it. */
  readonly sharedMemoryProblem?: string;
  /** The hard limit of open files, when Envoy needs about so many more. */
  readonly openFiles?: { readonly limit: number; readonly needed: number };
  /** Whether the command line and bootstrap are those of an old contract, not adapted to this Envoy. */
  readonly runsOldContract: boolean;
}
