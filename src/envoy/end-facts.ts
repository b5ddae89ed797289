import type { Exit } from "../linux/exit.ts";
import type { OwnConfiguration } from "./own-configuration.ts";

/** A process, as far as it can be seen. */
export interface Holder {
  readonly pid: number;
  readonly name: string;
}

/** An address that Envoy could not bind; `setting` is what another port can be set with. */
export interface TakenPort {
  readonly address: string;
  readonly port: number;
  readonly holder?: Holder;
  readonly setting?: string;
}

/** A program that did not show itself to be Envoy. */
export interface Program {
  readonly path: string;
  /** What names it. */
  readonly origin: string;
  /** What a script runs with. */
  readonly interpreter?: string;
  /** It is certain that this is not Envoy; a script may start one. */
  readonly isOther: boolean;
  /** What it did when it was asked for its version. */
  readonly version?: string;
}

/** What is known about the end of an Envoy. A fact that was not looked for, or could not be found out, is absent. */
export interface EndFacts {
  readonly exit: Exit;
  /** Whether it had ever been LIVE; undefined where nobody asked shortly before the end. */
  readonly wasLive: boolean | undefined;
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
  /** What runs in its place, where it may not be Envoy. */
  readonly program?: Program;
  /** Addresses it binds at start that others listen on. */
  readonly ports?: readonly TakenPort[];
  /** Its base-id, when the domain sockets of it are another's. */
  readonly baseId?: { readonly id: number; readonly holder?: Holder };
  /** Why /dev/shm is not writable, where hot restart needs it. */
  readonly sharedMemoryProblem?: string;
  /** The hard limit of open files, when Envoy needs about so many more. */
  readonly openFiles?: { readonly limit: number; readonly needed: number };
  /** What of its configuration is a person's own. */
  readonly ownConfiguration: readonly OwnConfiguration[];
  /** Whether the command line and bootstrap are those of an old contract, not adapted to this Envoy. */
  readonly runsOldContract: boolean;
}
